"""What every form shares: tidy values, plain sentences for what is wrong, and named errors that become field errors."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from wtforms import (
    Field,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, StopValidation

from portal.extensions import db
from portal.tools.form_words import PlainWords
from portal.tools.mail import address

Words: TypeAlias = str | LazyString

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Form(FlaskForm):
    """A form whose text arrives tidied, whose hostile characters are refused, and whose errors say what to do."""

    class Meta:
        def bind_field(self, form: FlaskForm, unbound: Any, options: dict[str, Any]) -> Field:
            """Give each text field its tidying and its first check."""
            field = unbound.bind(form=form, **options)
            if isinstance(field, StringField) and not isinstance(field, PasswordField):
                area = isinstance(field, TextAreaField)
                field.filters = (tidy_text if area else tidy_line, *field.filters)
                field.validators = (SafeText() if area else SafeLine(), *field.validators)
            elif not isinstance(field, StringField):
                field.validators = (_safe_echo, *field.validators)
            return field

        def get_translations(self, form: FlaskForm) -> PlainWords:
            """Let the library's own checks speak our words."""
            return PlainWords()


class MultiCheckboxField(SelectMultipleField):
    """Several choices, each a checkbox; render it with `field(…, look="chips")` or as a plain row of boxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def tidy_line(value: str | None) -> str:
    """Trim one line and write its letters one way (NFC); a missing value becomes empty."""
    return unicodedata.normalize("NFC", value or "").strip()


def tidy_text(value: str | None) -> str:
    """Give a longer text plain line ends and no blank end; its inside stays as it was typed."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n").rstrip()


class SafeLine:
    """Take out line breaks, control characters and signs that turn the reading direction, and ask to look again.

    Nothing is changed behind a person's back: the cleaned value is shown with a sentence, and sent again.
    """

    kept = ""
    overrides = _OVERRIDES

    def __call__(self, form: FlaskForm, field: Field) -> None:
        typed = field.data or ""
        field.data = self.clean(typed)
        if field.data != typed:
            raise StopValidation(_("We took out invisible control characters. Look at it once more and send it again"))

    def clean(self, text: str) -> str:
        """Return the text without what it may not hold."""
        return "".join(character for character in text if not self._is_hostile(character))

    def _is_hostile(self, character: str) -> bool:
        if character in self.kept:
            return False
        controls = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        return controls or character in self.overrides or _is_no_character(ord(character))


class SafeText(SafeLine):
    """Do the same in a longer text, where line breaks, tabs and right-to-left writing may stay."""

    kept = "\n\t\u2028\u2029"
    overrides = frozenset()


def _safe_echo(form: FlaskForm, field: Field) -> None:
    """Let numbers and dates, which show what was typed when they cannot read it, show nothing hostile."""
    if field.raw_data:
        field.raw_data = [SafeLine().clean(raw) if isinstance(raw, str) else raw for raw in field.raw_data]


def _is_no_character(point: int) -> bool:
    """Tell whether Unicode keeps this code point out of every text; no HTML page may hold it."""
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


class Needed(DataRequired):
    """The field has to be filled in; the sentence says with what: `Needed(_("Enter a title"))`."""

    def __init__(self, sentence: Words) -> None:
        super().__init__(message=sentence)


class AtMost:
    """No more than so many characters; the sentence counts for the person."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, form: FlaskForm, field: Field) -> None:
        length = len(field.data or "")
        if length > self.longest:
            raise ValidationError(
                _("Shorten this to %(longest)d characters; it has %(length)d", longest=self.longest, length=length)
            )


class Address:
    """Any address that mail can reach; the field then holds it as it is kept and shown."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        try:
            field.data = address.normalise(field.data or "")
        except address.BadAddress as error:
            raise StopValidation(error.sentence) from error


class PersonName:
    """A name on one line, tidied; empty is fine."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        try:
            field.data = address.clean_name(field.data or "")
        except address.BadName as error:
            raise StopValidation(error.sentence) from error


def choices(pairs: Iterable[tuple[Any, Words]]) -> list[SelectChoice]:
    """Return what a field offers to choose from, given pairs of a value and its words."""
    return [SelectChoice(value, words) for value, words in pairs]


def refuse(field: Field, sentence: Words) -> None:
    """Put a service's "no" above the field it is about: `except NameTaken: refuse(form.name, _("…"))`."""
    field.errors = [*field.errors, sentence]


def refuse_broken(form: FlaskForm, error: IntegrityError, sentences: Mapping[str, tuple[str, Words]]) -> None:
    """Turn a broken constraint into a field error, by constraint name → (field, sentence); raise it when unknown.

    Roll the session back first: the transaction is lost.
    """
    field, sentence = sentences.get(broken_constraint(error) or "", (None, ""))
    if field is None:
        raise error
    refuse(form[field], sentence)


def broken_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that refused a row, the same on both engines, or None when it is unknown."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name
    what, _colon, where = str(error.orig).partition(": ")
    if what == "UNIQUE constraint failed":
        return _unique_over(where)
    return where if what == "CHECK constraint failed" else None


def _unique_over(where: str) -> str | None:
    """Find the constraint or index over columns that SQLite names like `communities.slug, communities.name`."""
    if where.startswith("index '"):
        return where.removeprefix("index '").rstrip("'")
    table = db.metadata.tables.get(where.partition(".")[0])
    if table is None:
        return None
    columns = {part.strip().partition(".")[2] for part in where.split(",")}
    rules: list[UniqueConstraint | Index] = [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    rules += [index for index in table.indexes if index.unique]
    return next((str(rule.name) for rule in rules if {column.name for column in rule.columns} == columns), None)
