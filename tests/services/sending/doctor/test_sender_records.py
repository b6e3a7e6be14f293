"""DKIM keys, DMARC policy, alignment and MX: as they should be, and each thing that may be wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from portal.services.sending.doctor import sender_records
from portal.tools.dns import Record
from portal.tools.mail.dkim import make_key, make_signer
from tests.services.sending.doctor.cases import ME, SIGNER, THEIRS, only, results, seen, spoilt
from tests.tools.name_server import text

OTHER = make_signer(ME, "rsa2026", make_key(kind="rsa"))
PUBLISH = (Record("rsa2026._domainkey.northwind.example", "TXT", SIGNER.record),)
DMARC = (Record("_dmarc.northwind.example", "TXT", "v=DMARC1; p=none"),)


def test_our_key_is_published(tmp_path: Path) -> None:
    found = only(
        seen(sender_records.look_at_keys, tmp_path), "ok", "rsa2026._domainkey.northwind.example holds our key"
    )
    assert found.check == "DKIM rsa2026"


BAD_KEYS: dict[str, tuple[str, str | list[str] | None, str]] = {
    "missing": ("problem", None, "There is no key at"),
    "another": ("problem", OTHER.record, "another key than ours"),
    "withdrawn": ("problem", "v=DKIM1; k=rsa; p=", "withdrawn"),
    "twice": ("problem", [SIGNER.record, OTHER.record], "has 2 records"),
    "no key": ("problem", "v=spf1 -all", "must begin with"),
    "trial": ("warning", SIGNER.record + "; t=y", "t=y"),
}


@pytest.mark.parametrize("fault", BAD_KEYS)
def test_a_key_that_servers_cannot_use(tmp_path: Path, fault: str) -> None:
    result, record, told = BAD_KEYS[fault]
    zone = spoilt(TXT__rsa2026___domainkey__northwind__example=record)
    assert only(seen(sender_records.look_at_keys, tmp_path, zone), result, told).records == PUBLISH


def test_each_key_is_looked_at(tmp_path: Path) -> None:
    newer = make_signer(ME, "ed2026", make_key(kind="ed25519"))
    settings = keys(tmp_path, rsa2026=None, ed2026=newer.key)
    zone = spoilt()
    found = seen(sender_records.look_at_keys, tmp_path, zone, **settings)
    assert results(found) == [("DKIM rsa2026", "ok"), ("DKIM ed2026", "problem")]
    assert found[1].records == (Record(newer.record_name, "TXT", newer.record),)
    zone[newer.record_name, "TXT"] = [text(newer.record)]
    found = seen(sender_records.look_at_keys, tmp_path, zone, **settings)
    assert results(found) == [("DKIM rsa2026", "ok"), ("DKIM ed2026", "ok")]


def test_an_ed25519_key_alone_is_warned_about(tmp_path: Path) -> None:
    newer = make_signer(ME, "ed2026", make_key(kind="ed25519"))
    zone = spoilt()
    zone[newer.record_name, "TXT"] = [text(newer.record)]
    found = seen(sender_records.look_at_keys, tmp_path, zone, **keys(tmp_path, ed2026=newer.key))
    assert results(found) == [("DKIM ed2026", "ok"), ("DKIM", "warning")]
    assert "--algorithm rsa" in found[1].todo


def test_a_short_rsa_key_is_warned_about(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    short = rsa.generate_private_key(65537, key_size=1024)
    settings = keys(tmp_path, short2026=short)
    signer = make_signer(ME, "short2026", (tmp_path / "short2026.pem").read_bytes())
    zone = spoilt()
    zone[signer.record_name, "TXT"] = [text(signer.record)]
    assert only(seen(sender_records.look_at_keys, tmp_path, zone, **settings), "warning", "fewer than 2048 bits")


def test_without_a_key_our_mails_leave_unsigned(tmp_path: Path) -> None:
    found = only(seen(sender_records.look_at_keys, tmp_path, dkim_key_file=[], dkim_selector=[]), "warning", "unsigned")
    assert "portal dkim create" in found.todo


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("v=DMARC1; p=reject", "asks for reject.$"),
        ("v=DMARC1; p=quarantine", "asks for quarantine.$"),
        ("v=DMARC1; p=none", "asks for none; that only watches"),
    ],
)
def test_a_policy(tmp_path: Path, record: str, told: str) -> None:
    zone = spoilt(TXT___dmarc__northwind__example=record)
    assert only(seen(sender_records.look_at_policy, tmp_path, zone), "ok", told).check == "DMARC"


def test_the_policy_of_the_organisation(tmp_path: Path) -> None:
    found = seen(sender_records.look_at_policy, tmp_path, mail_from="talent@jobs.northwind.example")
    only(found, "ok", r"^_dmarc\.northwind\.example asks for quarantine")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (None, "There is no record at _dmarc.northwind.example"),
        ("v=spf1 -all", "There is no record"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 DMARC records"),
        ("v=DMARC1; rua=mailto:dmarc@northwind.example", "no p="),
        ("v=DMARC1; p=maybe", "“maybe” is no policy"),
    ],
)
def test_a_policy_that_is_none(tmp_path: Path, record: str | list[str] | None, told: str) -> None:
    zone = spoilt(TXT___dmarc__northwind__example=record)
    assert only(seen(sender_records.look_at_policy, tmp_path, zone), "problem", told).records == DMARC


def test_from_and_signature_agree(tmp_path: Path) -> None:
    only(seen(sender_records.look_at_alignment, tmp_path), "ok", "we sign for northwind.example, which is the same")
    jobs = {"mail_from": "talent@jobs.northwind.example", "dkim_domain": ME}
    only(seen(sender_records.look_at_alignment, tmp_path, **jobs), "ok", "we sign for northwind.example")


@pytest.mark.parametrize(
    ("settings", "record", "told"),
    [
        (
            {"dkim_domain": "provider.example"},
            "v=DMARC1; p=none",
            "we sign for provider.example, which is another name",
        ),
        ({"dkim_domain": "mail.northwind.example"}, "v=DMARC1; p=none; adkim=s", "as strict as yours"),
        ({"dkim_domain": "provider.example"}, None, "another name"),
        ({"dkim_domain": "provider.example"}, "v=DMARC1; p=maybe", "another name"),
        ({"dkim_key_file": [], "dkim_selector": []}, "v=DMARC1; p=none", "without a signature of ours"),
    ],
)
def test_from_and_signature_differ(tmp_path: Path, settings: dict[str, Any], record: str | None, told: str) -> None:
    zone = spoilt(TXT___dmarc__northwind__example=record)
    only(seen(sender_records.look_at_alignment, tmp_path, zone, **settings), "warning", told)


def test_replies_arrive(tmp_path: Path) -> None:
    only(seen(sender_records.look_at_mail_hosts, tmp_path), "ok", "takes mail at mail.northwind.example")


@pytest.mark.parametrize(
    ("hosts", "result", "told"),
    [
        ("0 .", "problem", "says that it takes no mail"),
        (None, "problem", "names no mail host, so bounces and replies are lost"),
        ("10 gone.northwind.example.", "problem", "No mail host of northwind.example has an address"),
        (
            ["10 mail.northwind.example.", "20 gone.northwind.example."],
            "warning",
            "gone.northwind.example has no address",
        ),
    ],
)
def test_replies_are_lost(tmp_path: Path, hosts: str | list[str] | None, result: str, told: str) -> None:
    only(seen(sender_records.look_at_mail_hosts, tmp_path, spoilt(MX__northwind__example=hosts)), result, told)


def test_a_domain_without_mail_hosts_may_take_mail_itself(tmp_path: Path) -> None:
    zone = spoilt(MX__northwind__example=None, A__northwind__example=THEIRS)
    only(seen(sender_records.look_at_mail_hosts, tmp_path, zone), "warning", "the machine of that very name")


def test_where_replies_go_elsewhere_that_is_looked_at_too(tmp_path: Path) -> None:
    found = seen(sender_records.look_at_mail_hosts, tmp_path, reply_to="Rosa <rosa@replies.example>")
    assert results(found) == [("MX", "ok"), ("MX", "problem")]
    assert "replies.example names no mail host, so replies are lost" in found[1].why
    assert results(seen(sender_records.look_at_mail_hosts, tmp_path, reply_to=f"rosa@{ME}")) == [("MX", "ok")]


def keys(folder: Path, **named: Any) -> dict[str, Any]:
    """Write keys by their selector, None for the one there is, and return the settings that name them."""
    from cryptography.hazmat.primitives import serialization

    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    for selector, key in named.items():
        if key is not None:
            (folder / f"{selector}.pem").write_bytes(key.private_bytes(*form))
    files = [folder / ("rsa.pem" if key is None else f"{selector}.pem") for selector, key in named.items()]
    return {"dkim_key_file": files, "dkim_selector": list(named)}


def test_bounces_at_a_domain_of_their_own_need_its_records(tmp_path: Path) -> None:
    own = {"bounce_domain": "bounces.northwind.example"}
    only(seen(sender_records.look_at_mail_hosts, tmp_path, **own), "problem", "bounces.northwind.example names no mail")
    zone = spoilt(MX__bounces__northwind__example="10 mail.northwind.example.")
    only(seen(sender_records.look_at_mail_hosts, tmp_path, zone, **own), "ok", "bounces.northwind.example takes mail")
    told = "From is at northwind.example and the envelope sender at bounces.northwind.example"
    only(seen(sender_records.look_at_alignment, tmp_path, **own), "ok", told)
