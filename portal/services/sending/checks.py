"""Checks before sending: what stops a newsletter, what its author may want to mend, and what is fine."""

from dataclasses import dataclass

from portal import config
from portal.models import Newsletter
from portal.services.sending import composing
from portal.tools.rendering import markdown
from portal.tools.rendering.mail import size_report
from portal.tools.rendering.remarks import Remark


@dataclass(frozen=True)
class Checks:
    """What was looked at. `stops` keep the newsletter here; everything else is for a person to judge."""

    stops: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    links: int = 0
    pictures: int = 0
    kilobytes: int = 0
    is_clipped: bool = False
    has_summary: bool = True

    @property
    def to_mend(self) -> int:
        """How many things somebody should look at."""
        return len(self.stops) + len(self.remarks) + self.is_clipped + (not self.has_summary)


def look(newsletter: Newsletter) -> Checks:
    """Look at a newsletter as it would go out now; `stops` are `no_words` and `no_address`."""
    body = markdown.render(newsletter.body)
    size = size_report(composing.parts(newsletter))
    stops = {
        "no_words": not newsletter.title.strip() or not newsletter.body.strip(),
        "no_address": not config.current().postal_address.strip(),
    }
    return Checks(
        stops=tuple(name for name, holds in stops.items() if holds),
        remarks=body.warnings,
        links=len(body.links),
        pictures=len(body.images),
        kilobytes=-(-size.html // 1024),
        is_clipped=size.is_clipped,
        has_summary=bool(newsletter.summary),
    )
