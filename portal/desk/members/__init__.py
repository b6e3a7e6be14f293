"""The members room: everybody in a list that can be searched and narrowed, and a page about each person.

Addresses other rooms link to, so that every number opens its people; all query parameters may be combined:

- `/desk/members` lists the members.
  - `q`: words that stand in the name or the address
  - `community`: a community's slug: people with an active membership there (or who left it, with `status=ended`)
  - `status`: `active`, `muted`, `paused`, `bounced`, `complained` or `ended`, in that community where one is given
  - `joined`: `7d` or any number of days: an active membership began in that time, of that community where one is given
  - `segment`: the number of a segment
  - `sort`: `joined` (newest first) or `name`; `size`: 25, 50 or 100; `page`
- `/desk/members/<number>` is the page about one person.
- `/desk/members/replies` lists the answers to newsletters that wait for somebody; `page`
- `/desk/members/suppressed` lists who is stopped whatever they chose.
  - `kind`: `bounced` or `complained`; `page`
"""

from portal.desk.members import listing, profile, replies, suppressed
from portal.desk.members.base import room

__all__ = ["listing", "profile", "replies", "room", "suppressed"]
