"""The browser that asked is known by its cookie alone."""

from portal.services.people import pending
from portal.tools import links


def test_a_browser_keeps_its_secret_and_a_new_one_gets_its_own() -> None:
    assert pending.secret_for("s" * 43) == "s" * 43
    assert pending.secret_for("") != pending.secret_for("")


def test_only_the_asking_browser_is_recognised() -> None:
    kept = links.fingerprint("s" * 43)
    assert [pending.is_asking_browser(kept, cookie) for cookie in ("s" * 43, "t" * 43, "")] == [True, False, False]
    assert pending.is_asking_browser("", "") is False
