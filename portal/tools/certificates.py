"""How long the certificate at the other end of an encrypted line is good for."""

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

_SOON = timedelta(days=14)
_LAST_PART = 5
"""Certificates live from six days to a year, and are renewed well before the last fifth of that."""


@dataclass(frozen=True)
class Certificate:
    """From when to when a certificate is good, in UTC."""

    begins_at: datetime
    ends_at: datetime

    def is_ending(self, now: datetime) -> bool:
        """Tell whether somebody should have renewed it by now."""
        return self.ends_at - now < min(_SOON, (self.ends_at - self.begins_at) / _LAST_PART)


def shown_on(line: ssl.SSLSocket) -> Certificate:
    """Return the certificate of the server at the other end."""
    shown = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
    return Certificate(shown.not_valid_before_utc, shown.not_valid_after_utc)
