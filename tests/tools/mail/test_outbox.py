"""The outbox: what is kept, in which order it is shown, and which keys open nothing."""

import mailbox
import time
from pathlib import Path

import pytest

from portal.tools.mail.errors import NotReached, OurFault, RecipientRefused, RelayBusy
from portal.tools.mail.message import compose
from portal.tools.mail.outbox import MailNotFound, OutboxTransport, list_mails, read_mail
from tests.tools.mail.mails import HTML, TEXT, envelope, mail, send


def keep(folder: Path, data: bytes) -> str:
    with OutboxTransport(folder) as outbox:
        return send(outbox, envelope(data=data)).text.removeprefix("kept as ")


def test_a_mail_is_kept_byte_for_byte_and_read_again(tmp_path: Path) -> None:
    raw = compose(mail(subject="Grüße aus Übersee"))
    key = keep(tmp_path, raw)
    kept = read_mail(tmp_path, key)
    assert kept.raw == raw
    assert (kept.subject, kept.to) == ("Grüße aus Übersee", "Zoë Ohara <zoe@example.org>")
    assert kept.sender == "Northwind Robotics <talent@northwind.example>"
    assert kept.date == "Tue, 24 Nov 2026 09:00:00 +0000"
    assert (kept.text, kept.html) == (TEXT.replace("\n", "\r\n"), HTML.replace("\n", "\r\n"))
    assert [name for name, _ in kept.headers][:3] == ["From", "To", "Subject"]
    assert ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") in kept.headers


def test_other_programs_can_read_it_too(tmp_path: Path) -> None:
    raw = compose(mail())
    key = keep(tmp_path, raw)
    assert mailbox.Maildir(tmp_path).get_bytes(key) == raw


def test_the_newest_stands_first(tmp_path: Path) -> None:
    for number in range(5):
        keep(tmp_path, f"Subject: {number}\r\n\r\n".encode())
    page = list_mails(tmp_path, 1, per_page=2)
    assert [entry.subject for entry in page.entries] == ["4", "3"]
    assert (page.number, page.pages, page.total) == (1, 3, 5)
    assert [entry.subject for entry in list_mails(tmp_path, 3, per_page=2).entries] == ["0"]


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-4, 1), (2, 2), (99, 2)])
def test_a_page_out_of_range_is_the_nearest(tmp_path: Path, asked: int, given: int) -> None:
    for number in range(3):
        keep(tmp_path, f"Subject: {number}\r\n\r\n".encode())
    assert list_mails(tmp_path, asked, per_page=2).number == given


def test_an_empty_or_missing_outbox_has_one_empty_page(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        page = list_mails(folder)
        assert (page.entries, page.number, page.pages, page.total) == ([], 1, 1, 0)
    with pytest.raises(MailNotFound):
        read_mail(tmp_path / "missing", "1.M1P1Q1.host")


def test_thousands_stay_fast(tmp_path: Path) -> None:
    keep(tmp_path, b"Subject: first\r\n\r\n")
    for number in range(5000):
        (tmp_path / "new" / f"1700000000.M{number}P1Q{number}.host").write_bytes(b"Subject: x\r\n\r\n")
    began = time.monotonic()
    page = list_mails(tmp_path, 1)
    assert time.monotonic() - began < 1
    assert (page.total, page.entries[0].subject) == (5001, "first")


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../secret",
        "../../etc/passwd",
        "/etc/passwd",
        "x",
        "1.M1P1Q1.a/../b",
        "1.M1P1Q1.a\0",
        "1.M1P1Q1.a\n",
        "1.M1P1Q1.gone",
        "..%2fsecret",
        "1.M1P1Q1." + "a" * 500,
    ],
)
def test_other_keys_open_nothing(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("secret")
    keep(tmp_path, b"Subject: x\r\n\r\n")
    with pytest.raises(MailNotFound):
        read_mail(tmp_path, key)


def test_strange_files_are_not_mails(tmp_path: Path) -> None:
    keep(tmp_path, b"Subject: x\r\n\r\n")
    (tmp_path / "new" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "new" / "notes.txt").write_bytes(b"x")
    assert list_mails(tmp_path).total == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\0",
        b"no header\r\n",
        b"Subject: =?utf-8?q?broken\r\nTo: \xff\r\n\r\n\xff",
        b'Content-Type: text/html; charset="no-such"\r\n\r\n<p>\xff</p>',
        b"Content-Type: multipart/alternative\r\n\r\nno boundary",
    ],
)
def test_broken_mails_can_be_listed_and_read(tmp_path: Path, raw: bytes) -> None:
    key = keep(tmp_path, raw)
    assert list_mails(tmp_path).entries[0].key == key
    assert read_mail(tmp_path, key).raw == (raw if raw.endswith(b"\r\n") else raw + b"\r\n")


def test_it_takes_what_a_server_could_be_sent(tmp_path: Path) -> None:
    outbox = OutboxTransport(tmp_path)
    assert outbox.offers_utf8 is True
    send(outbox, envelope("zoë@exämple.example", needs_utf8=True))
    with pytest.raises(RecipientRefused):
        send(outbox, envelope("zoe"))
    with pytest.raises(OurFault):
        send(outbox, envelope(sender="us"))
    outbox.close()
    assert list_mails(tmp_path).total == 1


def test_a_list_is_kept_in_order(tmp_path: Path) -> None:
    mails = [envelope(data=b"Subject: %d\r\n\r\n.\r\n" % n) for n in range(3)]
    mails.insert(1, envelope("zoe"))
    outcomes = list(OutboxTransport(tmp_path).send(mails))
    assert [position for position, _ in outcomes] == [0, 1, 2, 3]
    assert [type(outcome).__name__ for _, outcome in outcomes] == ["Reply", "RecipientRefused", "Reply", "Reply"]
    assert [entry.subject for entry in list_mails(tmp_path).entries] == ["2", "1", "0"]


def test_a_folder_that_cannot_be_written_is_busy(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    outcomes = [outcome for _, outcome in OutboxTransport(tmp_path / "outbox").send([envelope()] * 3)]
    assert [type(outcome) for outcome in outcomes] == [RelayBusy, NotReached, NotReached]
    assert "outbox cannot be written" in str(outcomes[0])
