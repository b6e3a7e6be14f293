"""Who may use a route: every view says so, and each door holds it to its word."""

from collections.abc import Callable
from typing import Literal, TypeVar

View = TypeVar("View", bound=Callable[..., object])
Who = Literal["anyone", "link", "system", "member", "viewer", "recruiter", "publisher", "owner"]


def allow(who: Who, *, unattended: bool = False) -> Callable[[View], View]:
    """Declare who may use the view: anyone, the holder of a signed link, another system that proves who it is, a
    signed-in member, or a desk role.

    An unattended view is one that open pages ask by themselves: it keeps nobody signed in who went away.
    """

    def declare(view: View) -> View:
        view.allowed = who  # type: ignore[attr-defined]
        view.unattended = unattended  # type: ignore[attr-defined]
        return view

    return declare


def allowed(view: Callable[..., object]) -> Who | None:
    """Return what a view declared, or None when it forgot."""
    return getattr(view, "allowed", None)


def is_unattended(view: Callable[..., object] | None) -> bool:
    """Tell whether pages ask this view by themselves."""
    return getattr(view, "unattended", False)
