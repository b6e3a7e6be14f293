"""Are the settings complete, and kept from the eyes of others?"""

from collections.abc import Iterator
from pathlib import Path

from portal.config import Settings
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, ok, problem, warning

_FEWEST_SIGNS = 8


def look(case: Case) -> Iterator[Finding]:
    """Look at every setting a mail depends on."""
    yield _postal_address(case.settings)
    yield _company(case.settings)
    yield _sender(case.settings)
    yield _base_url(case.settings)
    yield _keys(case.settings)
    yield _private_files(case.settings)
    yield _carrier(case)
    yield _ways_in(case.settings)


def _postal_address(settings: Settings) -> Finding:
    if settings.postal_address.strip():
        return ok("postal address", "It stands in every newsletter.")
    return problem(
        "postal address",
        "None is set, so newsletters wait: the law wants one in each.",
        "Set PORTAL_POSTAL_ADDRESS.",
    )


def _company(settings: Settings) -> Finding:
    if settings.company_name != Settings.model_fields["company_name"].default:
        return ok("company name", f"Mails and pages say {settings.company_name}.")
    return warning("company name", f"Mails and pages say “{settings.company_name}” still.", "Set PORTAL_COMPANY_NAME.")


def _sender(settings: Settings) -> Finding:
    if settings.mail_from:
        return ok("sender", f"Mails come from {settings.mail_from}.")
    return warning(
        "sender",
        "No sender is named; mails in the outbox carry a made-up one.",
        "Set PORTAL_MAIL_FROM, such as Name <talent@example.org>.",
    )


def _ways_in(settings: Settings) -> Finding:
    told_by_provider = any(
        (settings.postmark_secret, settings.mailgun_signing_key, settings.sendgrid_public_key, settings.ses_topic_arn)
    )
    if not settings.bounce_domain and told_by_provider:
        return ok("what comes back", "The mail provider tells of bounces; replies go to the sender's mailbox.")
    if not settings.bounce_domain:
        return warning(
            "what comes back",
            "Bounces and replies go to the sender's mailbox, and nobody counts them.",
            "Set PORTAL_BOUNCE_DOMAIN to a domain of its own whose mail comes to this portal.",
        )
    if where := settings.inbound_listen or ("a mailbox over IMAP" if settings.imap_url else ""):
        return ok("what comes back", f"Mail to {settings.bounce_domain} is taken at {where}.")
    return ok("what comes back", f"Mail to {settings.bounce_domain} must be piped into: portal inbound")


def _base_url(settings: Settings) -> Finding:
    if not settings.on_loopback:
        return ok("base URL", f"Every link begins with {settings.base_url}.")
    why = f"Every link begins with {settings.base_url}, which leads nowhere on other machines"
    todo = "Set PORTAL_BASE_URL to the https address of this site."
    if settings.smtp_url:
        return problem("base URL", f"{why}, and mails do leave this one.", todo)
    return warning("base URL", f"{why}; good enough to look around.", todo)


def _keys(settings: Settings) -> Finding:
    if any(len(set(key)) < _FEWEST_SIGNS for key in settings.secret_keys):
        return warning(
            "secret keys",
            "One of them repeats a few signs, so it can be guessed.",
            "Put a random one first in PORTAL_SECRET_KEYS: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
        )
    many = "One key signs" if len(settings.secret_keys) == 1 else f"{len(settings.secret_keys)} keys; the first signs"
    return ok("secret keys", f"{many} every link and cookie.")


def _private_files(settings: Settings) -> Finding:
    kept = [settings.instance.resolve() / "secret_key", *settings.dkim_key_file]
    if opened := [str(path) for path in kept if _is_open(path)]:
        return warning(
            "private keys",
            f"Everybody on this machine can read {' and '.join(opened)}.",
            f"chmod 600 {' '.join(opened)}",
        )
    return ok("private keys", "No file with a key can be read by everybody on this machine.")


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & 0o004)


def _carrier(case: Case) -> Finding:
    if case.relay is None:
        return warning(
            "way out",
            "Mails go to the outbox and to nobody else.",
            "Set PORTAL_SMTP_URL once mails should leave, such as "
            "smtp://user:password@mail.example.org:587/?starttls=required",
        )
    return ok("way out", f"Mails go to {case.relay.host}:{case.relay.port}.")
