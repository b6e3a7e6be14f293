"""Handing mails over: to a real server, and to servers that refuse, stall, lie and hang up."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.tools.mail.errors import (
    LineLost,
    MailError,
    NeedsSmtpUtf8,
    OurFault,
    RecipientDeferred,
    RecipientRefused,
    RelayBusy,
    TryLater,
)
from portal.tools.mail.message import compose
from portal.tools.mail.outbox import OutboxTransport
from portal.tools.mail.transport import REPLY_TIMEOUT, SmtpTransport, open_transport
from tests.tools.mail.mails import US, ZOE, envelope, mail, send
from tests.tools.mail.servers import DRIP, DROP, HANG, Letterbox, ScriptedServer, real_server
from tests.wire import check_delivery


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
def line(box: Letterbox) -> Iterator[SmtpTransport]:
    """A transport to a real server."""
    with real_server(box) as port, SmtpTransport(f"smtp://127.0.0.1:{port}") as transport:
        yield transport


def to(server: ScriptedServer, *, reply_timeout: float = 5) -> SmtpTransport:
    return SmtpTransport(server.url, local_hostname="here.example", connect_timeout=2, reply_timeout=reply_timeout)


def test_a_mail_arrives_byte_for_byte(line: SmtpTransport, box: Letterbox) -> None:
    raw = compose(mail(text=".\n..\n.dot\nhttps://talent.example.org/u/" + "Zk3" * 20 + "\n"))
    reply = send(line, envelope(data=raw))
    assert str(reply) == "250 2.0.0 taken"
    assert box.taken == [(US, [ZOE], raw)]
    assert check_delivery(box.taken[0][2]) == []


@pytest.mark.parametrize("data", [b".\r\n", b"..\r\n", b"a\r\n.", b"a\r\n.\r\n.\r\n", b"no line end"])
def test_dots_are_doubled_and_undone(line: SmtpTransport, box: Letterbox, data: bytes) -> None:
    send(line, envelope(data=data))
    assert box.taken[0][2] == (data if data.endswith(b"\r\n") else data + b"\r\n")


def test_many_mails_share_a_connection() -> None:
    with ScriptedServer() as server, to(server) as transport:
        for _ in range(20):
            send(transport)
    assert server.connections == 1
    assert len(server.bodies) == 20
    assert server.commands[-1] == "QUIT"


def test_a_refused_recipient_leaves_the_line_ready(line: SmtpTransport, box: Letterbox) -> None:
    box.refusals = {"gone@example.org": "550 5.1.1 no such person", "full@example.org": "452 4.2.2 full"}
    with pytest.raises(RecipientRefused) as refused:
        send(line, envelope("gone@example.org"))
    assert (refused.value.code, refused.value.enhanced, refused.value.text) == (550, "5.1.1", "no such person")
    with pytest.raises(RecipientDeferred) as deferred:
        send(line, envelope("full@example.org"))
    assert str(deferred.value) == "452 4.2.2 full"
    send(line)
    assert [taken[1] for taken in box.taken] == [[ZOE]]


def test_an_internationalised_address_is_sent_with_smtputf8(line: SmtpTransport, box: Letterbox) -> None:
    assert line.offers_utf8 is True
    send(line, envelope("zoë@exämple.example"))
    assert box.taken[0][1] == ["zoë@xn--exmple-cua.example"]
    assert box.options == [["SMTPUTF8", "BODY=8BITMIME"]]


def test_a_server_without_smtputf8_is_sent_no_such_address() -> None:
    with ScriptedServer() as server, to(server) as transport:
        assert transport.offers_utf8 is False
        with pytest.raises(NeedsSmtpUtf8) as refused:
            send(transport, envelope("zoë@example.org"))
        assert (refused.value.code, refused.value.enhanced) == (553, "5.6.7")
        with pytest.raises(NeedsSmtpUtf8):
            send(transport, envelope(needs_utf8=True))
        send(transport, envelope("zoe@exämple.example"))
    assert "RCPT TO:<zoe@xn--exmple-cua.example>" in server.commands


@pytest.mark.parametrize("address", ["zoe", "a@b@c", "a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org\n", ""])
def test_what_is_no_address_never_reaches_the_line(address: str) -> None:
    with ScriptedServer() as server, to(server) as transport:
        with pytest.raises(RecipientRefused) as refused:
            send(transport, envelope(address))
        assert refused.value.enhanced == "5.1.3"
        if address:
            with pytest.raises(OurFault):
                send(transport, envelope(sender=address))
    assert server.commands == []


def test_the_null_sender_may_stand_on_the_envelope() -> None:
    with ScriptedServer() as server, to(server) as transport:
        send(transport, envelope(sender=""))
    assert "MAIL FROM:<>" in server.commands


REFUSALS = [
    ("MAIL", b"550 5.1.8 bad sender\r\n", OurFault),
    ("MAIL", b"451 4.3.0 later\r\n", TryLater),
    ("MAIL", b"421 4.3.2 shutting down\r\n", RelayBusy),
    ("RCPT", b"550 5.1.1 unknown\r\n", RecipientRefused),
    ("RCPT", b"550 unknown, without a code\r\n", RecipientRefused),
    ("RCPT", b"550 5.7.1 blocked\r\n", OurFault),
    ("RCPT", b"530 sign in first\r\n", OurFault),
    ("RCPT", b"450 4.2.0 greylisted\r\n", RecipientDeferred),
    ("RCPT", b"451 4.7.1 greylisted\r\n", RecipientDeferred),
    ("RCPT", b"421 4.7.0 too many\r\n", RelayBusy),
    ("DATA", b"554 5.5.1 no\r\n", OurFault),
    ("DATA", b"451 4.3.0 later\r\n", TryLater),
    ("DATA", b"421 4.3.2 gone\r\n", RelayBusy),
    ("DOT", b"554 5.7.1 looks like spam\r\n", OurFault),
    ("DOT", b"552 5.3.4 too big\r\n", OurFault),
    ("DOT", b"451 4.3.0 later\r\n", TryLater),
    ("DOT", b"421 4.3.2 gone\r\n", RelayBusy),
]


@pytest.mark.parametrize(("verb", "answer", "kind"), REFUSALS)
def test_every_refusal_has_its_name_and_the_next_mail_goes_out(verb: str, answer: bytes, kind: type[MailError]) -> None:
    fine = b"354 go\r\n" if verb == "DATA" else b"250 ok\r\n"
    with ScriptedServer(**{verb: [answer, fine]}) as server, to(server) as transport:
        with pytest.raises(MailError) as refused:
            send(transport)
        assert type(refused.value) is kind
        assert refused.value.code == int(answer[:3])
        assert send(transport).text == "ok"
    assert server.connections == (2 if kind is RelayBusy else 1)


def test_busy_is_a_kind_of_later_and_nothing_else_overlaps() -> None:
    assert issubclass(RelayBusy, TryLater)
    assert not issubclass(OurFault, RecipientRefused | TryLater | LineLost)
    assert not issubclass(RecipientDeferred, TryLater)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [DROP, HANG])
def test_a_line_lost_before_the_dot_is_safe(verb: str, how: str) -> None:
    fine = b"354 go\r\n" if verb == "DATA" else b"250 ok\r\n"
    with ScriptedServer(**{verb: [how, fine]}) as server, to(server, reply_timeout=0.3) as transport:
        with pytest.raises(LineLost) as lost:
            send(transport)
        assert lost.value.dot_sent is False
        if how is DROP:
            assert send(transport).text == "ok"


@pytest.mark.parametrize("how", [DROP, HANG, b"what?\r\n", b"999 what?\r\n", b"354 again\r\n", b"250-endless\r\n250"])
def test_a_line_lost_after_the_dot_is_in_doubt(how: str | bytes) -> None:
    with ScriptedServer(DOT=[how]) as server, to(server, reply_timeout=0.3) as transport:
        with pytest.raises(LineLost) as lost:
            send(transport)
        assert lost.value.dot_sent is True
    assert len(server.bodies) == 1


def test_a_line_lost_inside_a_long_body_is_safe() -> None:
    long = b"Subject: Hello\r\n\r\n" + b"x" * 70 + b"\r\n" * 10_000_000
    with ScriptedServer(BODY=[10_000, -1]) as server, to(server) as transport:
        with pytest.raises(LineLost) as lost:
            send(transport, envelope(data=long))
        assert lost.value.dot_sent is False
        assert send(transport).text == "ok"


def test_a_reply_that_drips_has_the_same_time_limit() -> None:
    with ScriptedServer(DOT=[DRIP]) as server, to(server, reply_timeout=0.3) as transport:
        began = time.monotonic()
        with pytest.raises(LineLost):
            send(transport)
        assert time.monotonic() - began < 2


def test_a_reply_without_end_is_cut_off() -> None:
    with ScriptedServer(DOT=[b"250-more\r\n" * 20_000]) as server, to(server) as transport:
        with pytest.raises(LineLost) as lost:
            send(transport)
        assert lost.value.dot_sent is True


def test_the_wait_after_the_dot_is_ten_minutes() -> None:
    assert REPLY_TIMEOUT == 600
    assert SmtpTransport("smtp://127.0.0.1")._line._reply_timeout == 600


def test_replies_on_several_lines_and_of_any_bytes() -> None:
    greeting = b"220-gr\xfc\xdfe\r\n220-\r\n220 here\r\n"
    answer = b"250-2.0.0 f\xfcr Zo\xc3\xab\r\n250-2.0.0 \x07queued\r\n250 2.0.0 as 12\n"
    with ScriptedServer(GREETING=[greeting], DOT=[answer]) as server, to(server) as transport:
        reply = send(transport)
    assert (reply.code, reply.enhanced, reply.text) == (250, "2.0.0", "f\ufffdr Zoë queued as 12")


def test_a_connection_that_fell_asleep_is_opened_again() -> None:
    for asleep in (DROP, b"421 4.4.2 idle for too long\r\n"):
        with ScriptedServer(MAIL=[b"250 ok\r\n", asleep, b"250 ok\r\n"]) as server, to(server) as transport:
            send(transport)
            assert send(transport).text == "ok"
        assert (server.connections, len(server.bodies)) == (2, 2)


def test_a_server_that_keeps_hanging_up_is_not_tried_for_ever() -> None:
    with ScriptedServer(MAIL=[b"250 ok\r\n", DROP]) as server, to(server) as transport:
        send(transport)
        with pytest.raises(LineLost) as lost:
            send(transport)
        assert lost.value.dot_sent is False
    assert server.connections == 2


def test_a_server_that_forgets_rset_is_left() -> None:
    with (
        ScriptedServer(RCPT=[b"550 no\r\n", b"250 ok\r\n"], RSET=[b"500 what?\r\n"]) as server,
        to(server) as transport,
    ):
        with pytest.raises(RecipientRefused):
            send(transport)
        send(transport)
    assert server.connections == 2


@pytest.mark.parametrize("greeting", [DROP, HANG, b"421 busy\r\n", b"554 go away\r\n", b"what?\r\n"])
def test_a_server_that_does_not_greet_is_busy(greeting: str | bytes) -> None:
    with ScriptedServer(GREETING=[greeting]) as server:
        transport = SmtpTransport(server.url, local_hostname="here.example", connect_timeout=0.3)
        with pytest.raises(RelayBusy):
            send(transport)
        transport.close()


def test_nobody_at_the_port_is_busy() -> None:
    with ScriptedServer() as server:
        url = server.url
    with SmtpTransport(url) as transport, pytest.raises(RelayBusy, match="cannot be reached"):
        send(transport)


def test_closing_never_raises() -> None:
    for answer in (DROP, HANG, b"what?\r\n"):
        with ScriptedServer(QUIT=[answer]) as server:
            transport = to(server, reply_timeout=0.3)
            send(transport)
            transport.close()
            transport.close()


def test_without_a_server_mail_goes_to_the_outbox(tmp_path: Path) -> None:
    assert isinstance(open_transport(None, tmp_path), OutboxTransport)
    assert isinstance(open_transport("", tmp_path), OutboxTransport)
    assert isinstance(open_transport("smtp://127.0.0.1", tmp_path), SmtpTransport)
