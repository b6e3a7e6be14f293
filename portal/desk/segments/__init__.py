"""The segments room: saved questions about members, made from rules, counted live and read back as a sentence."""

from portal.desk.segments import editing, reading
from portal.desk.segments.base import room

__all__ = ["editing", "reading", "room"]
