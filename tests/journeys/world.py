"""A small portal with something in every room, and the walks past all of its pages."""

import mailbox
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal import clock, config
from portal.extensions import db
from portal.models import Community, Delivery, Member, Newsletter, Passkey, Recruiter
from portal.services.people import joins, magic_links, members, segments
from portal.services.people.consents import Circumstances
from portal.services.staff import recruiters, set_up
from portal.tools import links
from tests import factories
from tests.desk.entering import PASSWORD, rosa
from tests.journeys import returns
from tests.tools.mail.mails import DELIVERY

BODY = """## What a hand feels

We measured **force** at the [fingertip](https://example.org/force), *not* at the wrist, and wrote `grip(0.4)`.

![A gripper holds a tomato](PICTURE)

- it rolls
- it stays

1. First
2. Second

> “It let go before I asked.”

| Fruit | Force in newton, as measured at the fingertip over a week |
| --- | --- |
| Tomato | 0.4 |

```python
def hold(force: float) -> None: ...  # a line of code that is wider than the narrowest telephone there is
```

---

Until next time.
"""

Press = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Walk:
    """From an address on: buttons pressed one after another, each with what is typed before, by label."""

    path: str
    presses: tuple[Press, ...] = ()


def walk(path: str, *presses: str | Press) -> Walk:
    return Walk(path, tuple((press, {}) if isinstance(press, str) else press for press in presses))


@dataclass
class World:
    """The people of the portal and where each of them goes."""

    member: Member
    owner: Recruiter
    viewer: Recruiter
    complainer: Member
    walks: dict[str, list[Walk]]


def furnish() -> World:
    """Fill every room; commits."""
    robots = factories.community(
        slug="robotics",
        name="Robotics software",
        summary="Motion planning, force control and what we got wrong.",
        about="We write about **hands**.",
        interests=("motion", "force", "light"),
    )
    factories.community(slug="field", name="Field engineering with a name that is a little too long", interests=())
    amara, rosa_iglesias = _people(robots), rosa(role="owner")
    _give_passkey(rosa_iglesias)
    world = World(
        member=amara,
        owner=rosa_iglesias,
        viewer=factories.recruiter(role="viewer", name="Vera Lund"),
        complainer=returns.complainer(robots),
        walks={
            "visitor": _of_a_visitor(robots),
            "links": _of_links(robots),
            "member": _of_a_member(),
            "owner": _of_the_desk(robots, amara),
            "newsletters": _of_newsletters(robots, amara),
            "returns": [walk(path, *presses) for path, presses in (*returns.at_the_desk(robots), *returns.by_mail())],
            "complainer": [walk("/preferences", "Send me newsletters again")],
            "entrance": _of_the_entrance(),
            "viewer": [walk("/desk/settings/people"), walk("/desk/newsletters/"), walk("/desk/segments/")],
        },
    )
    db.session.commit()
    return world


def _body() -> str:
    return BODY.replace("PICTURE", links.to("/static/favicon.svg"))


def _people(robots: Community) -> Member:
    now = clock.now()
    names = ("Amara Okafor", "Daniel Mensah", "Hanna Kowalczyk", "نور الهدى", "")
    people = [factories.member(name=n, email=f"p{i}@a-rather-long-domain.example.org") for i, n in enumerate(names)]
    for number, person in enumerate(people):
        row = factories.membership(of=person, at=robots, since=now - timedelta(days=number))
        row.interests = list(robots.interests)
        row.muted_at = now if number == 1 else None
    starting = factories.community(slug="starting", name="Starting out")
    factories.membership(of=people[0], at=starting, ended_at=now, ended_reason="Too much mail")
    people[2].bounced_at = now
    people[3].pause(date(2999, 1, 1), reason="Exams")
    members.add_note(people[0], "Asks about the vials.\nCall her in autumn.", factories.recruiter())
    return people[0]


def _give_passkey(person: Recruiter) -> None:
    person.webauthn.append(
        Passkey(
            credential_id=b"1",
            public_key=b"1",
            backup_state=False,
            device_type="single_device",
            lastuse_datetime=clock.now(),
            name="Work laptop",
            usage="secondary",
        )
    )


def _of_a_visitor(robots: Community) -> list[Walk]:
    factories.newsletter(at=robots, title="Cucumbers roll", slug="cucumbers", body=_body(), published_at=clock.now())
    mail = mailbox.Maildir(config.current().outbox).add(DELIVERY)
    join = {"Email address": "zoe@example.org", robots_agreement(): ""}
    return [
        walk("/"),
        walk("/c/robotics", "Join the community", ("Join the community", join), "Send the link again"),
        walk("/c/field"),
        walk("/c/robotics/newsletters"),
        walk("/c/field/newsletters"),
        walk("/c/robotics/newsletters/cucumbers"),
        walk("/sign-in", "Send me a link", ("Send me a link", {"Email address": "zoe@example.org"}), "Sign in"),
        walk("/signed-out"),
        walk("/outbox"),
        walk(f"/outbox/{mail}"),
        walk("/nowhere"),
    ]


def robots_agreement() -> str:
    """The beginning of the sentence whose box is ticked to get newsletters."""
    return "Northwind Robotics may email me"


def _of_links(robots: Community) -> list[Walk]:
    said = Circumstances(language="en", source="join form")
    join = joins.hold(robots, "zoe@example.org", joins.Answers(), said=said, secret="x" * 43)
    person = factories.membership(at=robots).member
    asked = magic_links.ask(person.email, language="en", secret="x" * 43)
    used = magic_links.ask(person.email, language="en", secret="y" * 43)
    used.claimed_at = clock.now()
    return [
        walk(links.confirm(join.public_id), "Confirm and join"),
        walk(links.not_me(join.public_id), "I didn’t ask for this"),
        walk("/confirm/broken"),
        walk(links.sign_in(asked.public_id), "Sign in"),
        walk(links.sign_in(used.public_id)),
        walk("/sign-in/broken"),
        walk(links.unsubscribe(person.id, robots.id), "Stop these emails", "Tell us"),
        walk("/u/broken"),
        walk(links.manage(person.id, robots.id), "Pause for three months"),
        walk("/m/broken"),
        walk("/l/broken/0"),
    ]


def _of_a_member() -> list[Walk]:
    return [
        walk("/preferences", "Pause everything", "Save for Robotics software"),
        walk("/preferences/leave-all"),
    ]


def _of_the_desk(robots: Community, amara: Member) -> list[Walk]:
    rules: list[dict[str, Any]] = [
        {"rule": "community", "is": "robotics"},
        {"rule": "interest", "community": "robotics", "has": "force"},
    ]
    segment = segments.save(
        "Force control people", {"version": 1, "all": [*rules, {"rule": "joined", "within_days": 30}]}
    )
    colleague = factories.recruiter(role="recruiter", name="Kwame Asante", set_up_at=clock.now())
    community = f"/desk/communities/{robots.id}"
    return [
        walk("/desk/"),
        walk("/desk/members"),
        walk("/desk/members?q=zzz&status=odd"),
        walk(f"/desk/members?q=a&community=robotics&joined=30d&segment={segment.id}"),
        walk(f"/desk/members/{amara.id}", ("Save note", {"Add a note": " "})),
        walk("/desk/segments/"),
        walk(f"/desk/segments/{segment.id}"),
        walk(f"/desk/segments/{segment.id}/edit"),
        walk(f"/desk/segments/{segment.id}/delete"),
        walk("/desk/segments/new", "Interest", ("Save segment", {"Name": "Half"})),
        walk("/desk/communities/"),
        walk(community),
        walk(f"{community}/edit"),
        walk("/desk/communities/new", "Begin it"),
        walk(f"{community}/interests", "Add it"),
        walk(f"{community}/interests/{robots.interests[0].id}", ("Rename it", {"Interest": ""})),
        walk("/desk/settings/", ("Keep this name", {"Your name": ""})),
        walk("/desk/settings/people", "Make a set-up link"),
        walk(f"/desk/settings/people/{colleague.id}"),
        walk("/desk/settings/password", "Change it"),
        walk("/desk/second-factor"),
        walk("/desk/second-factor/app", "Set it up"),
        walk("/desk/second-factor/passkeys", "Add a passkey"),
        walk("/desk/second-factor/recovery-codes"),
        walk("/desk/prove"),
        walk("/desk/prove/passkey"),
        walk("/desk/nowhere"),
    ]


def _of_newsletters(robots: Community, amara: Member) -> list[Walk]:
    now = clock.now()
    bare = factories.newsletter(at=robots, title="Nothing yet", body="")
    draft = factories.newsletter(at=robots, title="The gripper that learned to let go", body=_body())
    later = factories.newsletter(at=robots, title="Next month", send_at=now + timedelta(days=30))
    late = factories.newsletter(at=robots, send_at=now - timedelta(hours=9), held_at=now, held_reason="late")
    begun = {"send_at": now, "addressed_at": now}
    going = factories.newsletter(at=robots, title="Going out", planned=3, **begun)
    gone = factories.newsletter(at=robots, title="Gone out", planned=1, sent_at=now, published_at=now, **begun)
    held = factories.newsletter(at=robots, title="Held", planned=1, held_at=now, held_reason="addresses", **begun)
    _deliver(held, factories.member(), state="failed", reason="no_mailbox", reply="550 5.1.1 no such person")
    doubt = _deliver(going, amara, state="in_doubt")
    _deliver(going, factories.member(), state="failed", reason="mailbox_full", reply="552 5.2.2 no room")
    _deliver(going, factories.member(), state="excluded", reason="muted")
    _deliver(gone, amara, state="sent", reply="250 2.0.0 taken")
    read = factories.newsletter(at=robots, title="Read", planned=10, sent_at=now, **begun)
    for reader in (amara, *(factories.member() for _ in range(9))):
        _deliver(read, reader, state="sent", reply="opened", measured_at=now, opened_at=now)
    at = {row: f"/desk/newsletters/{row.id}" for row in (bare, draft, later, late, going, held, gone, read)}
    return [
        walk("/desk/newsletters/"),
        walk("/desk/newsletters/new", ("Save and look at it", {"Title": ""})),
        *(walk(path) for path in at.values()),
        walk(f"{at[bare]}/write"),
        walk(f"{at[bare]}/send"),
        walk(f"{at[draft]}/write"),
        walk(f"{at[draft]}/audience"),
        walk(f"{at[draft]}/audience/people"),
        walk(f"{at[draft]}/audience/people?reason=muted"),
        walk(f"{at[draft]}/send", ("Schedule it", {"Day": ""})),
        walk(f"{at[draft]}/discard"),
        walk(f"{at[going]}/people?state=failed"),
        walk(f"{at[going]}/people?state=excluded"),
        walk(f"{at[going]}/not-sent"),
        walk(f"{at[gone]}/not-sent"),
        walk(f"{at[held]}/people?state=failed&reason=no_mailbox&held=yes"),
        walk(f"{at[going]}/cancel"),
        walk(f"{at[going]}/doubts/{doubt.id}"),
        walk(f"{at[gone]}/people?state=sent"),
        walk(f"{at[read]}/people?state=sent"),
        walk(f"{at[read]}/readers?what=opened"),
    ]


def _deliver(newsletter: Newsletter, member: Member, **values: Any) -> Delivery:
    return factories.delivery(newsletter=newsletter, to=member, **values)


def _of_the_entrance() -> list[Walk]:
    link = links.set_up(set_up.invite(recruiters.add("new@northwind.example", role="recruiter")).public_id)
    password = {"Email address": "rosa@northwind.example", "Password": PASSWORD}
    return [
        walk(link, "Sign in"),
        walk("/desk/set-up/broken"),
        walk("/desk/sign-in/help"),
        walk("/desk/sign-in", "Sign in"),
        walk("/desk/sign-in/passkey"),
        walk("/desk/sign-in", ("Sign in", password)),
        walk("/desk/sign-in/choose", ("Go on", {"Authenticator app": ""}), "Sign in"),
        walk("/desk/sign-in/code"),
        walk("/desk/sign-in/help", "Use a recovery code"),
        walk("/desk/sign-in/recovery-code", "Sign in"),
    ]
