"""One rule of a segment as a small group of fields: filled in from a document, and written back into one."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from wtforms import DateField, Field, HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal.desk.wording import FREQUENCIES, STATUSES
from portal.services.communities import communities
from portal.services.people.segments import names as named
from portal.tools.forms import Form, choices

KINDS: dict[str, LazyString] = {
    "community": _("Community"),
    "interest": _("Interest"),
    "status": _("Status"),
    "frequency": _("How often"),
    "joined_on": _("Joined on a day"),
    "joined_days": _("Joined days ago"),
}

BEGINNINGS = {"status": "active", "frequency": "every", "days": 30}
"""What a new rule starts with, so that the count answers what the page shows."""

_HOWS: dict[str, dict[str, LazyString]] = {
    "community": {"is": _("Is in"), "is_not": _("Is not in")},
    "interest": {"has": _("Picked"), "has_not": _("Did not pick")},
    "joined_on": {"since": _("Since"), "before": _("Before")},
    "joined_days": {"within_days": _("In the last … days"), "before_days": _("More than … days ago")},
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "community": ("how", "community"),
    "interest": ("how", "interest"),
    "status": ("status", "community"),
    "frequency": ("frequency", "community"),
    "joined_on": ("how", "day", "community"),
    "joined_days": ("how", "days", "community"),
}
_BLAMED = {"community": "community", "interest": "interest", "joined_on": "day", "joined_days": "days"}


class Known:
    """The communities and interests there are to choose from."""

    def __init__(self) -> None:
        names = named.load()
        self.communities = [SelectChoice(row.slug, row.name) for row in communities.everyone()]
        self.interests = [
            SelectChoice(f"{community}/{slug}", name, optgroup=names.community(community))
            for (community, slug), name in names.interests.items()
        ]


class RuleForm(Form):
    """One rule. Its kind decides which of the fields are shown; the service judges what was chosen."""

    class Meta(Form.Meta):
        csrf = False

    kind = HiddenField()
    how = SelectField(_("Comparison"), choices=[], validate_choice=False)
    community = SelectField(_("Community"), choices=[], validate_choice=False)
    interest = SelectField(_("Interest"), choices=[], validate_choice=False)
    status = SelectField(_("Is"), choices=[], validate_choice=False)
    frequency = SelectField(_("Hears"), choices=[], validate_choice=False)
    day = DateField(_("Day"), validators=[Optional()])
    days = IntegerField(_("Days"), validators=[Optional()], render_kw={"min": 1, "inputmode": "numeric"})

    def offer(self, known: Known) -> None:
        """Offer the comparisons of this kind, and the communities and interests there are."""
        must = self.kind.data == "community"
        self.how.choices = choices(_HOWS.get(self.kind.data or "", {}).items())
        self.status.choices, self.frequency.choices = choices(STATUSES.items()), choices(FREQUENCIES.items())
        nothing = SelectChoice("", str(_("Choose a community") if must else _("Any community")))
        self.community.choices = _with_gone(self.community, [nothing, *known.communities])
        nothing = SelectChoice("", str(_("Choose an interest")))
        self.interest.choices = _with_gone(self.interest, [nothing, *known.interests])

    @property
    def shown(self) -> list[Field]:
        """The fields a person fills in for this kind of rule."""
        return [self[name] for name in _FIELDS.get(self.kind.data or "", ())]

    @property
    def blamed(self) -> Field:
        """The field that a sentence about this rule stands above."""
        kind = self.kind.data or ""
        return self[_BLAMED.get(kind, kind if kind in _FIELDS else "kind")]

    @property
    def title(self) -> LazyString:
        """What the rule is about."""
        return KINDS.get(self.kind.data or "", _("Unknown rule"))

    def rule(self) -> dict[str, Any]:
        """Return this rule as the document writes it."""
        write = _WRITERS.get(self.kind.data or "")
        return write(self) if write else {"rule": self.kind.data}


def values_of(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule of a document as values for the form."""
    kind, where = rule["rule"], rule.get("community", "")
    how = next((key for key in rule if key not in {"rule", "community"}), "")
    value = rule.get(how, "")
    if kind == "community":
        return {"kind": kind, "how": how, "community": value}
    if kind == "interest":
        return {"kind": kind, "how": how, "interest": f"{where}/{value}"}
    if kind in {"status", "frequency"}:
        return {"kind": kind, kind: value, "community": where}
    if how.endswith("_days"):
        return {"kind": "joined_days", "how": how, "days": value, "community": where}
    return {"kind": "joined_on", "how": how, "day": date.fromisoformat(value), "community": where}


def _with_gone(field: SelectField, offered: list[SelectChoice]) -> list[SelectChoice]:
    # What is not there any more stays chosen and visible, so that saving never changes a rule unseen.
    if not field.data or field.data in {choice.value for choice in offered}:
        return offered
    return [*offered, SelectChoice(field.data, str(_("%(name)s (not there any more)", name=field.data)))]


def _where(form: RuleForm) -> dict[str, str]:
    return {"community": form.community.data} if form.community.data else {}


def _write_community(form: RuleForm) -> dict[str, Any]:
    return {"rule": "community", _how(form): form.community.data or ""}


def _write_interest(form: RuleForm) -> dict[str, Any]:
    community, _slash, slug = (form.interest.data or "").partition("/")
    return {"rule": "interest", "community": community, _how(form): slug}


def _write_status(form: RuleForm) -> dict[str, Any]:
    return {"rule": "status", "is": form.status.data or "", **_where(form)}


def _write_frequency(form: RuleForm) -> dict[str, Any]:
    return {"rule": "frequency", "is": form.frequency.data or "", **_where(form)}


def _write_day(form: RuleForm) -> dict[str, Any]:
    return {"rule": "joined", _how(form): form.day.data.isoformat() if form.day.data else "", **_where(form)}


def _write_days(form: RuleForm) -> dict[str, Any]:
    return {"rule": "joined", _how(form): form.days.data, **_where(form)}


_WRITERS: dict[str, Callable[[RuleForm], dict[str, Any]]] = {
    "community": _write_community,
    "interest": _write_interest,
    "status": _write_status,
    "frequency": _write_frequency,
    "joined_on": _write_day,
    "joined_days": _write_days,
}


def _how(form: RuleForm) -> str:
    hows = list(_HOWS[form.kind.data or ""])
    return form.how.data if form.how.data in hows else hows[0]
