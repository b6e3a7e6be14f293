"""What the form library's own checks say, in our words."""

from flask_babel import lazy_gettext as _


class PlainWords:
    """Our sentences in place of the form library's, which name rules instead of saying what to do."""

    sentences = {
        "This field is required.": _("Fill this in"),
        "Not a valid choice.": _("Choose one of the options shown"),
        "Invalid Choice: could not coerce.": _("Choose one of the options shown"),
        "Invalid choice(s): one or more data inputs could not be coerced.": _("Choose among the options shown"),
        "'%(value)s' is not a valid choice for this field.": _("Choose among the options shown"),
        "'%(value)s' are not valid choices for this field.": _("Choose among the options shown"),
        "Not a valid integer value.": _("Enter a whole number, like 12"),
        "Not a valid decimal value.": _("Enter a number, like 12 or 12.5"),
        "Not a valid float value.": _("Enter a number, like 12 or 12.5"),
        "Number must be at least %(min)s.": _("Enter %(min)s or more"),
        "Number must be at most %(max)s.": _("Enter %(max)s or less"),
        "Number must be between %(min)s and %(max)s.": _("Enter a number from %(min)s to %(max)s"),
        "Not a valid date value.": _("Enter a date like 2026-05-21"),
        "Not a valid datetime value.": _("Enter a date and a time like 2026-05-21 09:30"),
        "Not a valid time value.": _("Enter a time like 09:30"),
        "Invalid URL.": _("Enter a web address like https://example.org"),
        "Field must be equal to %(other_name)s.": _("Type the same in both fields"),
    }

    def gettext(self, string: str) -> str:
        """Return our sentence, or the library's where we have none."""
        return str(self.sentences.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the library's sentence for this number, in our words where we have them."""
        return self.gettext(singular if n == 1 else plural)
