"""What came back to the small portal: bounces, complaints, replies, and mail that nobody understood."""

from datetime import timedelta

from portal import clock
from portal.models import Community, Member
from portal.services.people import address_checks
from portal.tools import links
from tests import factories

LONG = "I read it on the train and missed my stop. " * 12
HTML = b"From: Zoe <zoe@example.net>\r\nSubject: Hello\r\nContent-Type: text/html\r\n\r\n<h1>Hello</h1>\r\n"

Paths = list[tuple[str, tuple[str, ...]]]


def at_the_desk(robots: Community) -> Paths:
    """Bring a newsletter's mails back in every way, and return the pages that show it."""
    now = clock.now()
    newsletter = factories.newsletter(
        at=robots, title="Came back", send_at=now, addressed_at=now, sent_at=now, planned=15, created_at=now
    )
    amara, bo, chidi = (factories.member(name=n, email=f"{n.lower()}@gmail.com") for n in ("Adaeze", "Bo", "Chidi"))
    reply = "550 5.1.1 The email account that you tried to reach does not exist at this very long domain"
    hard = factories.delivery(newsletter=newsletter, to=amara, bounced_at=now, bounce_kind="hard")
    factories.suppression(of=amara, report=factories.report(about=hard, reply=reply), reply=reply)
    factories.suppression(of=bo, kind="complained")
    factories.delivery(newsletter=newsletter, to=bo, complained_at=now)
    factories.suppression(of=chidi, reason="too_often", since_at=now - timedelta(days=9))
    for n in range(12):
        person = factories.member(name=f"Person {n}", email=f"p@mail{n}.a-rather-long-domain.example.org")
        fate = {"state": "failed", "reason": "refused", "reply": "554 5.7.1 no"} if n % 2 else {"bounced_at": None}
        factories.delivery(newsletter=newsletter, to=person, **fate)
    answered = factories.delivery(newsletter=newsletter, to=None, bounced_at=now, bounce_kind="soft")
    factories.reply(of=bo, about=hard, note=LONG, quoted="> Hello Bo,\n> we wrote to you.")
    factories.reply(of=chidi, about=answered, answered_at=now)
    factories.reply(of=chidi, kind="complained", note="")
    factories.reply(of=amara, kind="returned", note="")
    mail = factories.incoming(raw=HTML)
    factories.incoming(way="ses", raw=b"{}", sender="", subject="", failed_at=now)
    at = f"/desk/newsletters/{newsletter.id}"
    return [
        ("/desk/", ()),
        ("/desk/members/suppressed", ("Ask whether the address of Chidi works",)),
        ("/desk/members/suppressed?kind=complained", ()),
        ("/desk/members/replies", ()),
        (f"/desk/members/{bo.id}", ()),
        (f"/desk/members/{amara.id}", ()),
        (at, ()),
        (f"{at}/not-sent", ()),
        (f"{at}/refusals", ()),
        (f"{at}/refusals/people?what=refused&provider=others", ()),
        (f"{at}/refusals/people?what=came_back", ()),
        ("/desk/members/replies", ("Done with the reply of Bo",)),
        ("/desk/incoming/", ()),
        (f"/desk/incoming/{mail.id}", ("Dismiss",)),
    ]


def by_mail() -> Paths:
    """Return the pages of the letter that asks whether an address works."""
    stopped = factories.suppression(since_at=clock.now() - timedelta(days=1)).member
    letter = address_checks.ask(stopped, factories.recruiter())
    return [
        (links.check_address(letter.id), ("Send me newsletters again",)),
        ("/check-address/broken", ()),
    ]


def complainer(robots: Community) -> Member:
    """Somebody who complained, and may come back."""
    person: Member = factories.membership(at=robots).member
    factories.suppression(of=person, kind="complained")
    return person
