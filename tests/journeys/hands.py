"""Two ways to use a page in a real browser: by pointer, and by keyboard alone."""

from typing import Any

from tests.browsing import sideways

FARTHEST = 150
"""So many presses of Tab reach the end of any page."""


class Pointer:
    """Presses and fills in what it can see, as a finger on a phone does."""

    def __init__(self, tab: Any, *, runs_scripts: bool) -> None:
        self.tab, self.runs_scripts = tab, runs_scripts

    @property
    def sees(self) -> str:
        """The main heading, on a page that fits the screen."""
        assert sideways(self.tab) == 0, self.tab.url
        return str(self.tab.get_by_role("heading", level=1).inner_text())

    def open(self, address: str) -> None:
        """Open an address, as from a mail."""
        self.tab.goto(address)

    def press(self, name: str) -> None:
        """Press a button that leads to another page."""
        with self.tab.expect_navigation():
            self._act(self.tab.get_by_role("button", name=name, exact=True).first)

    def follow(self, name: str) -> None:
        """Follow a link."""
        with self.tab.expect_navigation():
            self._act(self.tab.get_by_role("link", name=name, exact=True).first)

    def unfold(self, name: str) -> None:
        """Press a button that opens something on this page."""
        self._act(self.tab.get_by_role("button", name=name, exact=True).first)

    def fill(self, label: str, text: str) -> None:
        """Write into the field of that label."""
        self.tab.get_by_label(label, exact=True).fill(text)

    def tick(self, label: str) -> None:
        """Tick a box."""
        self.tab.get_by_text(label, exact=True).first.click()

    def choose(self, label: str) -> None:
        """Choose one of several."""
        self.tab.get_by_text(label, exact=True).first.click()

    def pick(self, label: str, option: str) -> None:
        """Pick from a list that drops down."""
        self.tab.get_by_label(label, exact=True).select_option(label=option)

    def _act(self, target: Any) -> None:
        target.click()


class Keyboard(Pointer):
    """Walks by Tab to what it wants, and sees each time where it is."""

    def fill(self, label: str, text: str) -> None:
        """Write into the field of that label."""
        self._reach(self.tab.get_by_label(label, exact=True))
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.insert_text(text)

    def tick(self, label: str) -> None:
        """Tick a box."""
        self._reach(self.tab.get_by_label(label, exact=True))
        self.tab.keyboard.press("Space")

    def choose(self, label: str) -> None:
        """Choose one of several: Tab comes to the one that is chosen, arrows lead on."""
        wanted = self.tab.get_by_label(label, exact=True)
        self._reach(wanted.locator("xpath=ancestor::fieldset[1]//input[@checked]"))
        for _ in range(FARTHEST):
            if wanted.is_checked():
                return
            self.tab.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow comes to {label}")

    def pick(self, label: str, option: str) -> None:
        """Pick from a list by typing how the option begins."""
        self._reach(self.tab.get_by_label(label, exact=True))
        self.tab.keyboard.type(option)

    def _act(self, target: Any) -> None:
        self._reach(target)
        self.tab.keyboard.press("Enter")

    def _reach(self, target: Any) -> None:
        target.wait_for(state="attached")
        for _ in range(FARTHEST):
            self.tab.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                assert target.evaluate(SEEN) == [], f"the focus cannot be seen on {target}"
                return
        raise AssertionError(f"no Tab comes to {target} on {self.tab.url}")


SEEN = """element => {
  const around = element.closest("label") ?? element;
  const ring = [element, around].map((one) => getComputedStyle(one)).find((style) => style.outlineStyle !== "none");
  const { top, bottom, width } = element.getBoundingClientRect();
  return [
    ring && parseFloat(ring.outlineWidth) >= 2 ? "" : "no ring",
    width > 0 && bottom > 0 && top < innerHeight ? "" : `at ${top} to ${bottom} of ${innerHeight}`,
  ].filter(Boolean);
}"""
"""What hides where the focus is: no ring around the element or its label, or a place off the screen."""
