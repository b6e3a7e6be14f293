"""What there is: every model by name."""

from portal.models.base import Base
from portal.models.community import Community, Interest
from portal.models.consent import Consent, wording_version
from portal.models.delivery import Delivery, Hit
from portal.models.incoming import Incoming, Report
from portal.models.join import Join
from portal.models.letter import Letter
from portal.models.limit import LimitCount
from portal.models.magic_link import MagicLink, MemberSession
from portal.models.member import Member
from portal.models.membership import Membership, membership_interests
from portal.models.newsletter import Newsletter, NewsletterLink, NotEditable
from portal.models.recruiter import ROLES, DeskSession, Passkey, Recruiter, SetUpLink
from portal.models.segment import Segment
from portal.models.suppression import Suppression
from portal.models.touchpoint import Touchpoint
from portal.models.worker import Worker

__all__ = [
    "ROLES",
    "Base",
    "Community",
    "Consent",
    "Delivery",
    "DeskSession",
    "Hit",
    "Incoming",
    "Interest",
    "Join",
    "Letter",
    "LimitCount",
    "MagicLink",
    "Member",
    "MemberSession",
    "Membership",
    "Newsletter",
    "NewsletterLink",
    "NotEditable",
    "Passkey",
    "Recruiter",
    "Report",
    "Segment",
    "SetUpLink",
    "Suppression",
    "Touchpoint",
    "Worker",
    "membership_interests",
    "wording_version",
]
