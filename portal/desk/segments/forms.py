"""The form of a segment: its name, and as many rules as it needs."""

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField, StringField

from portal.desk.segments.rule_form import BEGINNINGS, KINDS, Known, RuleForm, values_of
from portal.services.people import segments
from portal.services.people.segments import LONGEST_NAME, MOST_RULES, BadRules
from portal.tools.forms import AtMost, Form, Needed, refuse


class RuleList(FieldList):
    """Rules by their place; only plain numbers count as places."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The macros tell kinds of fields apart by this name.
        self.type = "FieldList"

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            place = name.removeprefix(f"{prefix}-").partition("-")[0]
            if name.startswith(f"{prefix}-") and place.isascii() and place.isdigit() and len(place) <= 4:
                yield int(place)


class SegmentForm(Form):
    """A name, and rules that must all hold."""

    name = StringField(
        _("Name"),
        description=_("What you call these people, for instance “Force control people”."),
        validators=[Needed(_("Enter a name")), AtMost(LONGEST_NAME)],
    )
    rules = RuleList(FormField(RuleForm), max_entries=MOST_RULES)

    @property
    def document(self) -> dict[str, Any]:
        """The rules as a segment's document."""
        return {"version": segments.VERSION, "all": [row.form.rule() for row in self.rules]}

    def offer(self) -> None:
        """Offer in every rule what there is to choose from."""
        known = Known()
        for row in self.rules:
            row.form.offer(known)

    def begin_rule(self, kind: str) -> None:
        """Add an empty rule of that kind at the end; say so when there is no room for it."""
        if kind not in KINDS:
            return
        if len(self.rules) >= MOST_RULES:
            self._refuse_all(_("Use at most %(most)d rules", most=MOST_RULES))
            return
        self.rules.append_entry({"kind": kind, **BEGINNINGS})

    def take_away(self, place: str) -> None:
        """Take one rule away; the ones after it move up."""
        if place.isascii() and place.isdigit() and len(place) <= 4 and int(place) < len(self.rules):
            self.rules.pop_entry(int(place))

    def refuse_rules(self, bad: BadRules) -> None:
        """Put the service's sentences above the rules they are about."""
        for place, sentence in bad.problems.items():
            if place is None:
                self._refuse_all(sentence)
            elif not (blamed := self.rules[place].form.blamed).errors:
                refuse(blamed, sentence)
        # A list of forms keeps the errors of its last validation; the page reads them anew.
        self.rules.errors = [row.errors for row in self.rules] if any(row.errors for row in self.rules) else []

    def _refuse_all(self, sentence: str) -> None:
        self.form_errors.append(sentence)


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a document's rules as values for the form; raise `BadRules` when it cannot be read."""
    segments.read(document)
    return [values_of(rule) for rule in document["all"]]
