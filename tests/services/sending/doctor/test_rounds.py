"""The rounds as a whole: nothing hangs, nothing is raised, and what was found before an answer failed is kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.services.sending.doctor import rounds
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, ok
from portal.services.sending.doctor.rounds import Check
from tests.services.sending.doctor.cases import in_the_end, opened, results
from tests.tools.mail.servers import DRIP, ScriptedServer

IN_THE_DNS = [check for check in rounds.CHECKS if check.needs_sender]


@pytest.mark.parametrize("check", IN_THE_DNS, ids=lambda check: check.name)
def test_without_a_dns_nothing_is_judged(tmp_path: Path, check: Check) -> None:
    with opened(tmp_path) as (case, server):
        server.silent = True
        found = rounds.look(check, case)
    assert {finding.result for finding in found} == {"not_checked"}
    assert "gave no answer about" in found[-1].why


@pytest.mark.parametrize("check", IN_THE_DNS, ids=lambda check: check.name)
def test_in_a_closed_network_nothing_is_judged(tmp_path: Path, check: Check) -> None:
    with opened(tmp_path, {}, dkim_domain="jobs.northwind.example") as (case, server):
        server.cut_off = True
        found = rounds.look(check, case)
    assert {finding.result for finding in found} == {"not_checked"}
    assert "knows no names of the world" in found[-1].why


@pytest.mark.parametrize("check", IN_THE_DNS, ids=lambda check: check.name)
def test_without_a_sender_there_is_no_domain_to_ask_about(tmp_path: Path, check: Check) -> None:
    with opened(tmp_path, smtp_url=None, mail_from="", dkim_key_file=[], dkim_selector=[]) as (case, server):
        assert results(rounds.look(check, case)) == [(check.name, "not_checked")]
        assert server.asked == []


def test_a_server_that_drips_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LIMIT", 0.5)
    [check] = [check for check in rounds.CHECKS if check.name == "mail server"]
    with ScriptedServer(EHLO=[DRIP]) as server, opened(tmp_path, smtp_url=server.url) as (case, _):
        in_the_end(server._ended.set)
        begun = time.monotonic()
        found = rounds.look(check, case)
        assert time.monotonic() - begun < 10
    assert results(found) == [("mail server", "not_checked")]
    assert "took longer than" in found[0].why


def test_what_was_found_first_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path, reply_to="rosa@replies.example") as (case, server):
        server.failing = {"replies.example"}
        [check] = [check for check in rounds.CHECKS if check.name == "MX"]
        found = rounds.look(check, case)
    assert results(found) == [("MX", "ok"), ("MX", "not_checked")]


def test_an_answer_nobody_thought_of_is_no_traceback(tmp_path: Path) -> None:
    def look(_case: Case) -> Iterator[Finding]:
        yield ok("odd", "So far.")
        raise KeyError("odd")

    with opened(tmp_path) as (case, _):
        found = rounds.look(Check("odd", look), case)
    assert results(found) == [("odd", "ok"), ("odd", "not_checked")]


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ";",
        "v=",
        "v=spf1 %",
        "v=DMARC1; p",
        "=;=",
        "v=DKIM1; p=%%%",
        "\x00\x1b[2J",
        "ü" * 400,
        "v=spf1 a:" + "x" * 300,
    ],
)
def test_nonsense_in_the_dns_is_judged_like_anything_else(tmp_path: Path, garbage: str) -> None:
    escaped = "".join(f"\\{byte:03d}" for byte in garbage.encode())
    pieces = " ".join(f'"{escaped[n : n + 800]}"' for n in range(0, len(escaped), 800)) or '""'
    with opened(tmp_path) as (case, server):
        for name, kind in list(server.zone):
            if kind == "TXT":
                server.zone[name, kind] = [pieces]
        found = [finding for check in IN_THE_DNS for finding in rounds.look(check, case)]
    assert "The answer was one that this check does not understand." not in [finding.why for finding in found]
    assert {"problem"} <= {finding.result for finding in found}
