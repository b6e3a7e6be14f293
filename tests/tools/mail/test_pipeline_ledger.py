"""Whatever a server does, its ledger and our outcomes agree: nobody is lost silently, and nobody mailed twice."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.tools.mail.envelope import Envelope
from portal.tools.mail.errors import LineLost, MailError, NotReached
from portal.tools.mail.line import Line
from portal.tools.mail.pipeline import Pipeline
from portal.tools.mail.replies import Reply
from tests.tools.mail.ledger import (
    DROP,
    HANG,
    RESET,
    TAKE_AND_BABBLE,
    TAKE_AND_DROP,
    TAKE_AND_RESET,
    Act,
    LedgerServer,
    Style,
)
from tests.tools.mail.test_pipeline import mails, to, word

ROUNDS = 3
SETTLED = {"sent", "doubt", "RecipientRefused", "OurFault"}

FINE = "keeps the rules"
TWO_LINES = "answers on two lines"
OUT_OF_ORDER = "answers as if to another command"
TWICE = "answers twice"
REFUSALS = [b"550 5.1.1 no\r\n", b"554 5.7.1 no\r\n", b"450 4.2.0 later\r\n", b"503 not now\r\n", b"421 4.3.2 bye\r\n"]
MOODS = [*[FINE] * 16, TWO_LINES, *REFUSALS, b"what?\r\n", DROP, RESET, HANG]
AFTER_THE_DOT = {DROP: TAKE_AND_DROP, RESET: TAKE_AND_RESET, b"what?\r\n": TAKE_AND_BABBLE}


class MoodyServer(LedgerServer):
    """At each command in the mood that comes next; when moods run out, by the rules."""

    def __init__(self, moods: list[tuple[Act, bool]], **manners: Any) -> None:
        super().__init__(**manners)
        self._moods = moods

    def act(self, letter: str, command: str) -> Act | None:
        if command in {"EHLO", "QUIT"} or not self._moods:
            return None
        mood, takes = self._moods.pop(0)
        if command == "GREETING" and mood == HANG:
            mood = DROP
        good = {"DATA": b"354", "GREETING": b"220"}.get(command, b"250")
        if command == "DOT" and takes:
            mood = AFTER_THE_DOT.get(mood, mood)
        if mood == OUT_OF_ORDER:
            return b"250 ok\r\n" if command == "DATA" else b"354 go\r\n"
        return {FINE: None, TWO_LINES: good + b"-go\r\n" + good + b" on\r\n", TWICE: (good + b" ok\r\n") * 2}.get(
            mood, mood
        )


PLANS = st.tuples(
    st.lists(st.tuples(st.sampled_from([*MOODS, OUT_OF_ORDER]), st.booleans()), max_size=40)
    | st.lists(st.tuples(st.sampled_from([*MOODS, TWICE]), st.booleans()), max_size=40),
    st.sampled_from([True, True, False]),
    st.sampled_from(["at once", "held back"]),
    st.booleans(),
)
Plan = tuple[list[tuple[Act, bool]], bool, Style, bool]


def send_and_audit(plan: Plan) -> None:
    """Send six mails, what came back again, and hold our outcomes against the ledger."""
    moods, pipelines, style, takes_nobody = plan
    became: dict[str, str] = {}
    server = MoodyServer(list(moods), pipelines=pipelines, style=style, takes_nobody=takes_nobody)
    with server, to(server, reply_timeout=0.1) as transport:
        for _ in range(ROUNDS):
            waiting = [letter for letter in "abcdef" if became.get(letter) not in SETTLED]
            told = list(transport.send(mails("".join(waiting))))
            assert [position for position, _ in told] == list(range(len(waiting)))
            became |= {waiting[position]: word(outcome) for position, outcome in told}
    audit(server, became)


def audit(server: LedgerServer, became: dict[str, str]) -> None:
    taken = [recipients[0][0] for recipients in server.taken if recipients]
    assert len(taken) == len(set(taken)), "mailed twice"
    assert {became[letter] for letter in taken} <= {"sent", "doubt"}, "taken, and we say it is not"
    assert {letter for letter, outcome in became.items() if outcome == "sent"} <= set(taken), "lost silently"
    for recipients, body in zip(server.taken, server.bodies, strict=True):
        expected = b"%cHello\r\n..\r\n.\r\n" % ord(recipients[0][0]) if recipients else b".\r\n"
        assert (recipients[1:], body) == ((), expected), "another mail than ours"


def by_the_rules_until(*acts: Act, takes_nobody: bool = False) -> Plan:
    """The first connection up to MAIL keeps the rules; the first mail meets these acts, the others none."""
    return [(FINE, False), *((act, True) for act in acts)], True, "at once", takes_nobody


REFUSED_AT_RCPT = by_the_rules_until(FINE, REFUSALS[0])
REFUSED_AT_MAIL_ALONE = by_the_rules_until(REFUSALS[0], TWO_LINES)
REFUSED_AT_THE_DOT = by_the_rules_until(FINE, FINE, FINE, REFUSALS[0])
TAKEN_AND_LOST = by_the_rules_until(FINE, FINE, FINE, DROP)


@settings(max_examples=200, deadline=None)
@example(REFUSED_AT_RCPT)
@example(REFUSED_AT_MAIL_ALONE)
@example(REFUSED_AT_THE_DOT)
@example(TAKEN_AND_LOST)
@given(PLANS)
def test_the_ledger_and_our_outcomes_agree(plan: Plan) -> None:
    send_and_audit(plan)


def says_not_reached_after_the_dot(self: Pipeline, mail: Envelope, following: Envelope | None) -> Reply | MailError:
    outcome = OUTCOME(self, mail, following)
    return NotReached() if isinstance(outcome, LineLost) and outcome.dot_sent else outcome


def carries_again_after_the_dot(self: Pipeline, mail: Envelope, following: Envelope | None) -> Reply:
    try:
        return CARRY(self, mail, following)
    except LineLost as error:
        if not error.dot_sent:
            raise
        self._asked_ahead = False
        return CARRY(self, mail, following)


def dots_whatever_was_taken(self: Pipeline) -> bool:
    answers = [self._calm_answer() for _ in range(self._unread - len(self._unsent))]
    if answers and answers[-1].code == 354:
        self._line.write(b".\r\n")
        self._calm_answer(dot_sent=True)
    self._line.write(b"RSET\r\n")
    return self._calm_answer().is_good


def takes_any_answer_for_good(self: Line, **_: Any) -> Reply:
    reply = READ(self, **_)
    return Reply(250, "", "ok") if _.get("dot_sent") else reply


OUTCOME, CARRY, READ = Pipeline._outcome, Pipeline._carry, Line.read
TWINS: list[tuple[type, str, Callable[..., Any], Plan, str]] = [
    (Pipeline, "_outcome", says_not_reached_after_the_dot, TAKEN_AND_LOST, "mailed twice"),
    (Pipeline, "_carry", carries_again_after_the_dot, TAKEN_AND_LOST, "mailed twice"),
    (Pipeline, "_is_ready_again", dots_whatever_was_taken, REFUSED_AT_MAIL_ALONE, "taken, and we say it is not"),
    (Line, "read", takes_any_answer_for_good, REFUSED_AT_THE_DOT, "lost silently"),
]


@pytest.mark.parametrize(("owner", "name", "twin", "plan", "caught"), TWINS)
def test_the_audit_catches_a_broken_twin(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, twin: Callable[..., Any], plan: Plan, caught: str
) -> None:
    send_and_audit(plan)
    monkeypatch.setattr(owner, name, twin)
    with pytest.raises(AssertionError, match=caught):
        send_and_audit(plan)
