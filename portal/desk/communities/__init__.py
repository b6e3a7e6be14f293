"""The communities room: list, begin, describe, share, and tend the interests; owners change, others read."""

from portal.desk.communities import describing, interests
from portal.desk.communities.base import room

__all__ = ["describing", "interests", "room"]
