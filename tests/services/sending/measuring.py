"""Members who agree to measuring, and withdraw again, for the tests of this room."""

from portal.models import Delivery
from portal.services.people import consents
from portal.services.people.consents import Circumstances
from tests.services.sending.rows import delivery

SENTENCE = "Northwind Robotics may see which of its emails I open and which links I follow."
SAID = Circumstances(language="en", source="preferences")


def agreeing(**values: object) -> Delivery:
    """A delivery to somebody who agrees to measuring."""
    row = delivery(**values)
    agree(row)
    return row


def agree(row: Delivery) -> None:
    """Let the member of a delivery agree."""
    assert row.member
    consents.agree(row.member, "measuring", SENTENCE, said=SAID)


def withdraw(row: Delivery) -> None:
    """Let the member of a delivery withdraw."""
    assert row.member
    consents.withdraw(row.member, "measuring", SENTENCE, said=SAID)
