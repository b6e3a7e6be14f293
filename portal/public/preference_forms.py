"""The small forms of the preference centre, many on one page."""

from typing import Any

from babel import Locale
from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField

from portal.models import Membership
from portal.services.people.memberships import Choice, chosen
from portal.tools import languages
from portal.tools.forms import AtMost, Form, MultiCheckboxField, Needed, PersonName, choices


class Section(Form):
    """One small form among others on the page: its fields keep their names and get ids of their own."""

    def __init__(self, section: str, **values: Any) -> None:
        super().__init__(**values)
        for field in self:
            field.id = f"{section}-{field.id}"


class AboutForm(Section):
    """What we call the person, and in which language."""

    name = StringField(_("Name"), validators=[PersonName()])
    language = SelectField(_("Language of our emails and pages"))

    def __init__(self, **values: Any) -> None:
        super().__init__("about", **values)
        self.language.choices = choices((code, Locale.parse(code).get_display_name()) for code in languages.AVAILABLE)
        if len(languages.AVAILABLE) == 1:
            del self.language


class CommunityForm(Section):
    """What a member wants to read about, and how often."""

    interests = MultiCheckboxField(_("What do you want to read about?"), validate_choice=False)
    frequency = RadioField(_("How often should we write?"))
    shown = HiddenField()

    def __init__(self, membership: Membership, **values: Any) -> None:
        super().__init__(f"community-{membership.community_id}", **values)
        self.interests.choices = choices((i.slug, i.name) for i in membership.community.offered)
        self.frequency.choices = choices(
            [
                ("every", _("Every newsletter, as it comes out")),
                ("monthly", _("At most once a month")),
                ("quarterly", _("Four times a year")),
            ]
        )

    @property
    def before(self) -> Choice | None:
        """What the page said when it was opened, or None from a script that does not say."""
        frequency, *interests = (self.shown.data or "").split(" ")
        return Choice(frequency, frozenset(interests)) if frequency else None


def community_form(membership: Membership) -> CommunityForm:
    """Return the form as it stands before anything is changed."""
    now = chosen(membership)
    shown = " ".join([now.frequency, *sorted(now.interests)])
    return CommunityForm(
        membership, formdata=None, interests=sorted(now.interests), frequency=now.frequency, shown=shown
    )


class PauseForm(Section):
    """Until when to stay quiet, and why."""

    until = DateField(_("Send nothing until"), validators=[Needed(_("Choose a day, like 2026-05-21"))])
    reason = StringField(_("Why?"), validators=[AtMost(300)])

    def __init__(self, **values: Any) -> None:
        super().__init__("pause", **values)
