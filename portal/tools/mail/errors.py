"""What can go wrong between us and the mail server, named by whose fault it is and what may be done next."""


class MailError(Exception):
    """A mail did not go out; `code` and `enhanced` are the server's, 0 and "" where it never spoke."""

    def __init__(self, text: str, *, code: int = 0, enhanced: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.enhanced = enhanced

    def __str__(self) -> str:
        spoken = (str(self.code) if self.code else "", self.enhanced, self.text)
        return " ".join(part for part in spoken if part)


class RecipientRefused(MailError):
    """5xx at RCPT: final for this recipient, and for nobody else."""


class NeedsSmtpUtf8(RecipientRefused):
    """The address has letters outside ASCII before its @ and the server cannot carry them (5.6.7)."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} can only be reached through a server with SMTPUTF8", code=553, enhanced="5.6.7")


class RecipientDeferred(MailError):
    """4xx at RCPT: this recipient later, the others now."""


class OurFault(MailError):
    """5xx at MAIL, DATA or the dot, or 5.7.x anywhere: never blamed on the recipient, stops the whole sending."""


class TryLater(MailError):
    """4xx at MAIL, DATA or the dot: nothing was taken, the same mail may be tried again."""


class RelayBusy(TryLater):
    """421, no connection, no TLS or no sign-in: leave the whole server alone for a while."""


class LineLost(MailError):
    """The line broke. `dot_sent` False: safe to try again; True: the server may have taken the mail."""

    def __init__(self, text: str, *, dot_sent: bool) -> None:
        super().__init__(text)
        self.dot_sent = dot_sent


class NotReached(MailError):
    """Its turn never came, as the line was lost or the server busy before it: no dot of its own went out."""

    def __init__(self) -> None:
        super().__init__("not tried: the line was lost before its turn")
