"""Lists of mails over one line: what becomes of each, whatever the server does and wherever it does it."""

import pytest

from portal.tools.mail.envelope import Envelope
from portal.tools.mail.errors import LineLost, MailError
from portal.tools.mail.replies import Reply
from portal.tools.mail.transport import SmtpTransport
from tests.tools.mail.ledger import DROP, HANG, TAKE_AND_BABBLE, TAKE_AND_DROP, Act, LedgerServer, Style
from tests.tools.mail.mails import envelope
from tests.tools.mail.servers import ScriptedServer

LETTERS = "abcd"
GARBAGE = b"what?\r\n"
UNKNOWN = b"550 no\r\n"
Acts = dict[tuple[str, str], list[Act]]


def mails(letters: str = LETTERS, data: bytes = b"Hello\r\n.\r\n") -> list[Envelope]:
    """A mail for each letter, which stands in both addresses and in the text."""
    return [
        envelope(f"{letter}@example.org", letter.encode() + data, sender=f"{letter}@us.example") for letter in letters
    ]


def to(server: LedgerServer | ScriptedServer, *, reply_timeout: float = 5) -> SmtpTransport:
    return SmtpTransport(server.url, local_hostname="here.example", connect_timeout=2, reply_timeout=reply_timeout)


def word(outcome: Reply | MailError) -> str:
    """An outcome in one word."""
    if isinstance(outcome, Reply):
        return "sent"
    if isinstance(outcome, LineLost):
        return "doubt" if outcome.dot_sent else "lost"
    return type(outcome).__name__


def outcomes(transport: SmtpTransport, sent: list[Envelope]) -> str:
    """What became of each, in words; every position is told once and in order."""
    told = list(transport.send(sent))
    assert [position for position, _ in told] == list(range(len(sent)))
    return " ".join(word(outcome) for _, outcome in told)


# What the server does with b, the second of four; what becomes of the four; how many connections that takes.
ONE_GONE = "NotReached NotReached"
AT_MAIL: list[tuple[Acts, str, int]] = [
    ({("b", "MAIL"): [b"550 5.1.8 no\r\n"]}, "sent OurFault sent sent", 1),
    ({("b", "MAIL"): [b"451 4.3.0 later\r\n"]}, "sent TryLater sent sent", 1),
    ({("b", "MAIL"): [b"421 enough for one line\r\n"]}, "sent sent sent sent", 2),
    ({("b", "MAIL"): [b"421 enough\r\n"] * 2}, f"sent RelayBusy {ONE_GONE}", 2),
    ({("b", "MAIL"): [b"421 enough\r\n"], ("", "GREETING"): [b"220 here\r\n", b"421 no\r\n"]},
     f"sent RelayBusy {ONE_GONE}", 2),
    ({("b", "MAIL"): [b"503 nested\r\n"]}, "sent sent sent sent", 2),
    ({("b", "MAIL"): [DROP]}, "sent sent sent sent", 2),
    ({("b", "MAIL"): [DROP] * 2}, f"sent lost {ONE_GONE}", 2),
    ({("b", "MAIL"): [GARBAGE]}, "sent sent sent sent", 2),
    ({("b", "MAIL"): [GARBAGE] * 2}, f"sent lost {ONE_GONE}", 2),
    ({("b", "MAIL"): [b"354 go\r\n"]}, f"sent lost {ONE_GONE}", 1),
]  # fmt: skip
AT_RCPT: list[tuple[Acts, str, int]] = [
    ({("b", "RCPT"): [b"550 5.1.1 unknown\r\n"]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [b"550-5.1.1 unknown\r\n550 5.1.1 here\r\n"]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [b"450 4.2.0 greylisted\r\n"]}, "sent RecipientDeferred sent sent", 1),
    ({("b", "RCPT"): [b"550 5.7.1 blocked\r\n"]}, "sent OurFault sent sent", 1),
    ({("b", "RCPT"): [b"421 4.7.0 busy\r\n"]}, f"sent RelayBusy {ONE_GONE}", 1),
    ({("b", "RCPT"): [DROP]}, f"sent lost {ONE_GONE}", 1),
    ({("b", "RCPT"): [GARBAGE]}, f"sent lost {ONE_GONE}", 1),
    ({("b", "RCPT"): [b"354 go\r\n"]}, f"sent lost {ONE_GONE}", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "RSET"): [b"500 what?\r\n"]}, "sent RecipientRefused sent sent", 2),
    ({("b", "RCPT"): [UNKNOWN], ("b", "RSET"): [DROP]}, "sent RecipientRefused sent sent", 2),
    ({("b", "RCPT"): [UNKNOWN], ("b", "RSET"): [b"421 enough\r\n"]},
     "sent RecipientRefused RelayBusy NotReached", 1),
]  # fmt: skip
AT_DATA: list[tuple[Acts, str, int]] = [
    ({("b", "DATA"): [b"554 5.5.1 no\r\n"]}, "sent OurFault sent sent", 1),
    ({("b", "DATA"): [b"451 4.3.0 later\r\n"]}, "sent TryLater sent sent", 1),
    ({("b", "DATA"): [b"421 4.3.2 busy\r\n"]}, f"sent RelayBusy {ONE_GONE}", 1),
    ({("b", "DATA"): [DROP]}, f"sent lost {ONE_GONE}", 1),
    ({("b", "DATA"): [GARBAGE]}, f"sent lost {ONE_GONE}", 1),
    ({("b", "DATA"): [b"250 ok\r\n"]}, f"sent lost {ONE_GONE}", 1),
]
AT_THE_DOT: list[tuple[Acts, str, int]] = [
    ({("b", "DOT"): [b"250-2.0.0 taken\r\n250 2.0.0 as 12\r\n"]}, "sent sent sent sent", 1),
    ({("b", "DOT"): [b"554 5.7.1 spam\r\n"]}, "sent OurFault sent sent", 1),
    ({("b", "DOT"): [b"451 4.3.0 later\r\n"]}, "sent TryLater sent sent", 1),
    ({("b", "DOT"): [b"421 4.3.2 busy\r\n"]}, f"sent RelayBusy {ONE_GONE}", 1),
    ({("b", "DOT"): [b"354 go\r\n"]}, f"sent doubt {ONE_GONE}", 1),
    ({("b", "DOT"): [GARBAGE]}, f"sent doubt {ONE_GONE}", 1),
    ({("b", "DOT"): [DROP]}, f"sent doubt {ONE_GONE}", 1),
    ({("b", "DOT"): [TAKE_AND_DROP]}, f"sent doubt {ONE_GONE}", 1),
    ({("b", "DOT"): [TAKE_AND_BABBLE]}, f"sent doubt {ONE_GONE}", 1),
    ({("d", "DOT"): [TAKE_AND_DROP]}, "sent sent sent doubt", 1),
    ({("d", "DOT"): [b"554 no\r\n"]}, "sent sent sent OurFault", 1),
]
TRUTH = AT_MAIL + AT_RCPT + AT_DATA + AT_THE_DOT

MANNERS: list[tuple[bool, Style]] = [
    (True, "at once"),
    (True, "byte by byte"),
    (True, "held back"),
    (True, "slow"),
    (False, "at once"),
    (False, "byte by byte"),
]


@pytest.mark.parametrize(("pipelines", "style"), MANNERS)
@pytest.mark.parametrize(("acts", "expected", "connections"), TRUTH)
def test_the_truth_table(acts: Acts, expected: str, connections: int, pipelines: bool, style: Style) -> None:
    with LedgerServer(acts, pipelines=pipelines, style=style) as server, to(server) as transport:
        assert outcomes(transport, mails()) == expected
        assert server.connections == connections
        assert outcomes(transport, mails("yz")) == "sent sent"
    told = dict(zip(LETTERS, expected.split(), strict=True)) | {"y": "sent", "z": "sent"}
    assert {taken[0][0] for taken in server.taken} >= {letter for letter, became in told.items() if became == "sent"}
    assert all(told[taken[0][0]] in {"sent", "doubt"} for taken in server.taken)
    assert len(set(server.taken)) == len(server.taken)
    assert server.bodies == [b"%cHello\r\n..\r\n.\r\n" % ord(taken[0][0]) for taken in server.taken]


# What follows a refusal: DATA is answered 354 all the same, or the line breaks before every answer was read.
AFTERWARDS: list[tuple[Acts, str, int]] = [
    ({("b", "RCPT"): [UNKNOWN]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DOT"): [b"554 no recipients\r\n"]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DOT"): [b"250-to\r\n250 nobody\r\n"]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DOT"): [DROP]}, "sent RecipientRefused sent sent", 2),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DOT"): [b"421 bye\r\n"]}, "sent RecipientRefused RelayBusy NotReached", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DATA"): [DROP]}, "sent RecipientRefused sent sent", 2),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DATA"): [b"503 no\r\n"]}, "sent RecipientRefused sent sent", 1),
    ({("b", "RCPT"): [UNKNOWN], ("b", "DATA"): [b"421 bye\r\n"]}, "sent RecipientRefused RelayBusy NotReached", 1),
    ({("d", "RCPT"): [UNKNOWN], ("d", "DATA"): [b"421 bye\r\n"]}, "sent sent sent RecipientRefused", 1),
    ({("b", "MAIL"): [b"550 no\r\n"]}, "sent OurFault sent sent", 1),
    ({("b", "MAIL"): [b"550 no\r\n"], ("b", "RCPT"): [b"421 bye\r\n"]}, "sent OurFault RelayBusy NotReached", 1),
    ({("b", "MAIL"): [b"550 no\r\n"], ("b", "RCPT"): [DROP]}, "sent OurFault sent sent", 2),
    ({("b", "MAIL"): [b"550 no\r\n"], ("b", "RCPT"): [b"250 ok\r\n"]}, "sent OurFault sent sent", 2),
]  # fmt: skip


@pytest.mark.parametrize(("acts", "expected", "connections"), AFTERWARDS)
def test_a_refusal_stays_whatever_follows_it(acts: Acts, expected: str, connections: int) -> None:
    with LedgerServer(acts, takes_nobody=True) as server, to(server) as transport:
        assert outcomes(transport, mails()) == expected
        assert server.connections == connections
        assert outcomes(transport, mails("z")) == "sent"
    assert all((body == b".\r\n") == (taken == ()) for taken, body in zip(server.taken, server.bodies, strict=True))


def test_one_write_carries_a_mail_and_asks_for_the_next() -> None:
    with LedgerServer(style="held back") as server, to(server) as transport:
        assert outcomes(transport, mails()) == "sent sent sent sent"
        assert [packet.count(b"\n") for packet in server.packets] == [1, 3, 3, 4, 4, 4, 1]


def test_no_second_command_leaves_unanswered_where_pipelining_is_not_offered() -> None:
    with LedgerServer(style="held back", pipelines=False) as server, to(server) as transport:
        assert outcomes(transport, mails()) == "sent sent sent sent"
        assert [packet.count(b"\n") for packet in server.packets] == [1, 2, *[1] * 16]


def test_outcomes_are_told_as_soon_as_they_are_known() -> None:
    with LedgerServer({("c", "DOT"): [HANG]}) as server, to(server, reply_timeout=0.5) as transport:
        told = transport.send(mails("abcd"))
        assert [word(next(told)[1]), word(next(told)[1])] == ["sent", "sent"]
        assert len(server.taken) == 2
        assert [word(outcome) for _, outcome in told] == ["doubt", "NotReached"]


def test_a_list_left_halfway_sends_no_more() -> None:
    with LedgerServer() as server, to(server) as transport:
        told = transport.send(mails())
        next(told)
        with pytest.raises(RuntimeError):
            next(transport.send(mails()))
        told.close()
        assert outcomes(transport, mails("z")) == "sent"
    assert [taken[0][0] for taken in server.taken] == ["a", "z"]
    assert server.connections == 2


def test_closing_in_the_middle_of_a_list_says_nothing_into_a_mail() -> None:
    with LedgerServer() as server:
        transport = to(server)
        told = transport.send(mails())
        next(told)
        transport.close()
        assert [word(outcome) for _, outcome in told] == ["lost", "NotReached", "NotReached"]
    assert [taken[0][0] for taken in server.taken] == ["a"]


def test_a_list_never_asked_for_is_never_sent() -> None:
    with LedgerServer() as server, to(server) as transport:
        transport.send(mails())
        assert outcomes(transport, []) == ""
    assert server.connections == 0
