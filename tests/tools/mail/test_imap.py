"""A mailbox is read over real IMAP: oldest first, what is unread, left there and marked."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from portal.tools.mail import imap
from tests import mailbox

MAILS = [f"From: a@example.org\r\nSubject: {n}\r\n\r\nMail {n} \xe9\r\n".encode("latin-1") for n in range(3)]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with mailbox.running() as port:
        mailbox.put(port, *MAILS)
        yield port


def url(port: int, password: str = mailbox.PASSWORD, folder: str = "INBOX") -> str:
    return f"imap://{quote(mailbox.USER)}:{quote(password, safe='')}@127.0.0.1:{port}/{folder}"


def test_what_is_unread_comes_oldest_first_and_once(port: int) -> None:
    with imap.open_mailbox(url(port)) as box:
        numbers = box.unread(limit=2)
        assert [box.fetch(number, largest=1000) for number in numbers] == MAILS[:2]
        assert box.unread(limit=9)[:2] == numbers  # Reading alone marks nothing.
        for number in numbers:
            box.mark_read(number)
    with imap.open_mailbox(url(port)) as box:
        (last,) = box.unread(limit=9)
        assert box.fetch(last, largest=10) is None
        assert box.fetch(last, largest=1000) == MAILS[2]


def test_trouble_is_told_without_the_password(port: int) -> None:
    for address, words in ((url(port, password="wrong-secret"), "said"), (url(port, folder="Nowhere"), "Nowhere")):
        with pytest.raises(imap.MailboxTrouble) as trouble, imap.open_mailbox(address):
            pass
        assert words in str(trouble.value)
        assert "secret" not in str(trouble.value)
    with pytest.raises(imap.MailboxTrouble), imap.open_mailbox("imap://a:b@127.0.0.1:1/INBOX"):
        pass
