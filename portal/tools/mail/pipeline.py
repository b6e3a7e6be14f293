"""A list of mails over one line, in as few round trips as the server allows (RFC 2920).

Where it offers PIPELINING one write carries a mail's body and dot and the next mail's MAIL, RCPT and DATA. A second
dot never leaves before the first is answered, so at most one mail can be in doubt.
"""

from collections.abc import Iterator, Sequence

from portal.tools.mail.envelope import Envelope, paths
from portal.tools.mail.errors import LineLost, MailError, NeedsSmtpUtf8, NotReached, RelayBusy
from portal.tools.mail.line import Line
from portal.tools.mail.replies import Reply
from portal.tools.mail.verdicts import not_known, not_taken

_DATA = b"DATA\r\n"
_FRESH_LINE_MAY_HELP = {421, 503}


class Pipeline:
    """Carries one list; made anew for each."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asked_ahead = False  # The server has the next mail's MAIL, RCPT and DATA already.
        self._unsent: list[bytes] = []  # In lock-step: the commands of this mail that are still to be said.
        self._unread = 0  # Commands of a refused mail whose answers were not needed any more.
        self._settled = True  # The server waits for a new mail, nothing is on its way.
        self._next_is_told: MailError | None = None

    def walk(self, mails: Sequence[Envelope]) -> Iterator[tuple[int, Reply | MailError]]:
        """Yield what became of each mail, in order and as soon as it is known."""
        try:
            for position, mail in enumerate(mails):
                following = mails[position + 1] if position + 1 < len(mails) else None
                yield position, self._outcome(mail, following)
                if not (self._settled or self._asked_ahead):
                    self._tidy_up()
                    self._settled = True
        finally:
            if not self._settled:
                self._line.drop()

    def _outcome(self, mail: Envelope, following: Envelope | None) -> Reply | MailError:
        if self._next_is_told:
            told, self._next_is_told = self._next_is_told, NotReached()
            return told
        try:
            return self._carry(mail, following)
        except (LineLost, RelayBusy) as error:
            self._leave(NotReached())
            return error
        except MailError as error:
            return error

    def _carry(self, mail: Envelope, following: Envelope | None) -> Reply:
        """Take one mail all the way; raise what stopped it."""
        self._offer(mail)
        ahead = self._commands_ahead(following)
        self._line.write(mail.body + ahead, dot_ends=len(mail.body))
        self._asked_ahead = bool(ahead)
        reply = self._line.read(dot_sent=True)
        if not reply.is_good:
            raise not_taken(reply, dot_sent=True)
        self._settled = not ahead
        return reply

    def _offer(self, mail: Envelope) -> None:
        """Bring the server to wait for this mail's body, or raise its refusal."""
        reply = self._answer_to_mail(mail)
        self._unread = 2
        if not reply.is_good:
            raise not_taken(reply)
        reply = self._next_answer()
        self._unread = 1
        if not reply.is_good:
            raise not_known(reply)
        reply = self._next_answer()
        self._unread = 0
        if reply.code != 354:
            raise not_taken(reply)
        if self._line.has_unread:
            self._calm_answer()
            raise LineLost("the server answers out of step", dot_sent=False)

    def _answer_to_mail(self, mail: Envelope) -> Reply:
        """Return the answer to MAIL FROM.

        A line that served before and fails now has slept, or carried as much as it may: it is opened anew, once.
        """
        line, asked_ahead, had_served = self._line, self._asked_ahead, self._line.has_served
        self._asked_ahead = False
        try:
            if not asked_ahead:
                self._ask(mail)
            reply = line.read()
            if not (had_served and reply.code in _FRESH_LINE_MAY_HELP):
                line.has_served = True
                return reply
            was_told_to_go = reply.code == 421
        except LineLost:
            if not had_served:
                raise
            was_told_to_go = False
        if asked_ahead and not was_told_to_go:
            line.walk_in_step()
        return self._answer_on_fresh_line(mail)

    def _answer_on_fresh_line(self, mail: Envelope) -> Reply:
        self._line.drop()
        self._settled = True
        self._ask(mail)
        reply = self._line.read()
        self._line.has_served = True
        return reply

    def _ask(self, mail: Envelope) -> None:
        """Say all of MAIL, RCPT and DATA that may be said at once."""
        mail_from, rcpt_to = self._commands(mail)
        self._settled = False
        if self._line.pipelines:
            self._unsent = []
            self._line.write(mail_from + rcpt_to + _DATA)
        else:
            self._unsent = [rcpt_to, _DATA]
            self._line.write(mail_from)

    def _commands(self, mail: Envelope) -> tuple[bytes, bytes]:
        from_path, to_path = paths(mail.sender, mail.recipient)
        self._line.open()
        options = ""
        if mail.needs_utf8 or not (from_path.isascii() and to_path.isascii()):
            offers = self._line.offers
            if "smtputf8" not in offers:
                raise NeedsSmtpUtf8(to_path)
            options = " SMTPUTF8 BODY=8BITMIME" if "8bitmime" in offers else " SMTPUTF8"
        return f"MAIL FROM:<{from_path}>{options}\r\n".encode(), f"RCPT TO:<{to_path}>\r\n".encode()

    def _commands_ahead(self, following: Envelope | None) -> bytes:
        """Return what may already be said of the next mail; one that cannot be said has its own turn."""
        if following is None or not self._line.pipelines:
            return b""
        try:
            mail_from, rcpt_to = self._commands(following)
        except MailError:
            return b""
        return mail_from + rcpt_to + _DATA

    def _next_answer(self) -> Reply:
        if self._unsent:
            self._line.write(self._unsent.pop(0))
        return self._line.read()

    def _tidy_up(self) -> None:
        """Hear a refused mail's other answers and end its transaction; a line that cannot be tidied is dropped."""
        try:
            if self._line.is_open and not self._is_ready_again():
                self._line.drop()
        except RelayBusy as error:
            self._leave(error)
        except LineLost:
            return

    def _is_ready_again(self) -> bool:
        answers = [self._calm_answer() for _ in range(self._unread - len(self._unsent))]
        if answers and answers[-1].code == 354:
            if any(answer.is_good for answer in answers):
                return False  # A dot would now send an empty mail to somebody.
            self._line.write(b".\r\n")
            self._calm_answer(dot_sent=True)
        self._line.write(b"RSET\r\n")
        return self._calm_answer().is_good

    def _calm_answer(self, *, dot_sent: bool = False) -> Reply:
        """Return any answer but 421."""
        reply = self._line.read(dot_sent=dot_sent)
        if reply.code == 421:
            raise not_taken(reply)
        return reply

    def _leave(self, next_is_told: MailError) -> None:
        self._line.drop()
        self._asked_ahead, self._settled, self._next_is_told = False, True, next_is_told
