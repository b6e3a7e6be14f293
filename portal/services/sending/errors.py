"""Why a newsletter does not go out: each “no” by name."""


class SendingRefused(Exception):
    """The parent of every “no” below."""


class NoPostalAddress(SendingRefused):
    """No postal address is configured, and every newsletter must carry one."""


class NothingToSend(SendingRefused):
    """The newsletter has no title or no words, so there is nothing to send."""


class AlreadySending(SendingRefused):
    """The newsletter is being sent or was sent; it goes out once."""


class AlreadyAddressed(SendingRefused):
    """The audience is frozen already."""


class NotScheduled(SendingRefused):
    """There is no schedule to change or take back."""


class TooEarly(SendingRefused):
    """The wanted moment lies in the past."""


class NotInDoubt(SendingRefused):
    """The mail is not in doubt any more, or its newsletter was cancelled, so it is not sent again."""


class NobodyToSendTo(SendingRefused):
    """The audience is empty, so no one would get it."""
