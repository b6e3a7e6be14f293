"""What an installation decides: settings read from the environment, checked before anything starts."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import idna
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SECRETS = (
    "DATABASE_URL", "QUEUE_URL", "SMTP_URL", "SECRET_KEYS", "IMAP_URL", "POSTMARK_SECRET", "MAILGUN_SIGNING_KEY",
)  # fmt: skip


class BadSettings(Exception):
    """The configuration is incomplete or wrong; the message says what to do."""


class Settings(BaseSettings):
    """Every setting of `docs/settings.md`; environment variables carry the prefix `PORTAL_`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore", frozen=True)

    instance: Path = Path("instance")
    database_url: str = ""
    queue_url: str = ""
    smtp_url: str | None = None
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: Annotated[list[str], NoDecode] = Field(default_factory=list)
    mail_from: str = ""
    reply_to: str = ""
    bounce_domain: str = ""
    inbound_listen: str = ""
    imap_url: str = ""
    postmark_secret: str = ""
    mailgun_signing_key: str = ""
    sendgrid_public_key: str = ""
    ses_topic_arn: Annotated[list[str], NoDecode] = Field(default_factory=list)
    postal_address: str = ""
    company_name: str = "Your company"
    contact: str = ""
    brand_color: str = "#17694e"
    time_zone: str = "UTC"
    logo: Path | None = None
    send_rate: Annotated[float, Field(gt=0)] | None = None
    send_connections: Annotated[int, Field(ge=1, le=64)] = 1
    dkim_key_file: Annotated[list[Path], NoDecode] = Field(default_factory=list)
    dkim_selector: Annotated[list[str], NoDecode] = Field(default_factory=list)
    dkim_domain: str = ""
    in_doubt: Literal["hold", "resend"] = "hold"
    heartbeat_seconds: float = 30.0
    trusted_proxies: int = 0
    demo: bool = False

    @field_validator("secret_keys", "dkim_key_file", "dkim_selector", "ses_topic_arn", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("PORTAL_BASE_URL must look like https://talent.example.org, without a path")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("PORTAL_BASE_URL must start with https:// unless it is this machine")
        return _in_ascii(value.rstrip("/"))

    @field_validator("bounce_domain")
    @classmethod
    def _check_bounce_domain(cls, value: str) -> str:
        try:
            return idna.encode(value.strip().lower(), uts46=True).decode() if value.strip() else ""
        except idna.IDNAError as error:
            raise ValueError("PORTAL_BOUNCE_DOMAIN must be a domain like bounces.example.org") from error

    @field_validator("inbound_listen")
    @classmethod
    def _check_listen(cls, value: str) -> str:
        parts = urlsplit(value)
        try:
            usable = parts.scheme in {"smtp", "lmtp"} and parts.hostname and parts.port and not parts.path.strip("/")
        except ValueError:
            usable = False
        if value and not usable:
            raise ValueError("PORTAL_INBOUND_LISTEN must look like smtp://127.0.0.1:2525 or lmtp://127.0.0.1:2424")
        return value

    @field_validator("imap_url")
    @classmethod
    def _check_imap(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username):
            raise ValueError("PORTAL_IMAP_URL must look like imaps://user:password@imap.example.org/INBOX")
        return value

    @field_validator("brand_color")
    @classmethod
    def _check_color(cls, value: str) -> str:
        if len(value) != 7 or value[0] != "#" or any(c not in "0123456789abcdefABCDEF" for c in value[1:]):
            raise ValueError("PORTAL_BRAND_COLOR must be a colour like #17694e")
        return value.lower()

    @field_validator("database_url", "queue_url")
    @classmethod
    def _check_kind(cls, value: str, info: ValidationInfo) -> str:
        kinds = ["sqlite:///", "postgres://", "postgresql://", "postgresql+psycopg://"]
        if info.field_name == "queue_url":
            kinds += ["redis://", "rediss://", "memory:"]
        if value and not value.startswith(tuple(kinds)):
            raise ValueError(f"PORTAL_{str(info.field_name).upper()} must begin with one of: {', '.join(kinds)}")
        return value

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("PORTAL_TIME_ZONE must be a time zone by region and city, like Europe/Madrid")
        return value

    @model_validator(mode="after")
    def _refuse_half_a_configuration(self) -> "Settings":
        if self.smtp_url and not self.mail_from:
            raise ValueError("PORTAL_SMTP_URL is set, so PORTAL_MAIL_FROM is needed too (Name <talent@example.org>)")
        if len(self.dkim_key_file) != len(self.dkim_selector):
            raise ValueError("PORTAL_DKIM_KEY_FILE and PORTAL_DKIM_SELECTOR belong together: one selector for each key")
        if self.dkim_domain and not self.dkim_key_file:
            raise ValueError(
                "PORTAL_DKIM_DOMAIN is set, so PORTAL_DKIM_KEY_FILE and PORTAL_DKIM_SELECTOR are needed too"
            )
        if (self.inbound_listen or self.imap_url) and not self.bounce_domain:
            raise ValueError(
                "PORTAL_INBOUND_LISTEN or PORTAL_IMAP_URL is set, so PORTAL_BOUNCE_DOMAIN is needed too: the domain"
                " whose mail arrives there"
            )
        if any(len(key) < 32 for key in self.secret_keys):
            raise ValueError("Each key in PORTAL_SECRET_KEYS needs at least 32 characters")
        if self.database_url.startswith("postgres") and not self.secret_keys:
            raise ValueError("PORTAL_SECRET_KEYS is needed with PostgreSQL, so that every machine signs alike")
        return self

    @property
    def host(self) -> str:
        """The host name that List-Id and Message-ID carry."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def on_loopback(self) -> bool:
        """True where the site is served over plain http on this machine: cookies drop `__Host-` and Secure."""
        return urlsplit(self.base_url).scheme == "http"

    @property
    def sender(self) -> str:
        """The From address; without SMTP nothing leaves the machine, so a reserved name will do."""
        return self.mail_from or f"{self.company_name} <talent@portal.example>"

    @property
    def database(self) -> str:
        """The database URL as SQLAlchemy wants it."""
        url = self.database_url or f"sqlite:///{self.instance.resolve() / 'portal.sqlite3'}"
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def outbox(self) -> Path:
        """Where mail lands while no SMTP server is configured."""
        return self.instance.resolve() / "outbox"


def _in_ascii(url: str) -> str:
    """Return an address with its host as A-labels, as mails and certificates carry it."""
    parts = urlsplit(url)
    if parts.netloc.isascii():
        return url
    host, colon, port = parts.netloc.partition(":")
    try:
        return f"{parts.scheme}://{idna.encode(host, uts46=True).decode()}{colon}{port}"
    except idna.IDNAError as error:
        raise ValueError("PORTAL_BASE_URL names a host that cannot exist") from error


_current: Settings | None = None


def load() -> Settings:
    """Read the environment, make the instance folder and its key, or raise `BadSettings` in plain words."""
    try:
        settings = Settings(**_secrets_from_files())  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("\n".join(_plain(e) for e in error.errors())) from error
    prepare_instance(settings)
    if not settings.secret_keys:
        settings = settings.model_copy(update={"secret_keys": [_kept_key(settings.instance)]})
    return settings


def prepare_instance(settings: Settings) -> None:
    """Make the instance folder, or say plainly that it cannot be written to."""
    folder = settings.instance.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".write-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadSettings(
            f"Evergreen cannot write to {folder} ({error.strerror}). "
            "Run it from a folder you own, or set PORTAL_INSTANCE to one."
        ) from error


def use(settings: Settings) -> None:
    """Make these settings the ones `current` returns in this process."""
    global _current
    _current = settings


def current() -> Settings:
    """Return the settings in force; `create_app` puts them there."""
    if _current is None:
        raise BadSettings("No settings are in force yet: call portal.create_app first.")
    return _current


def resource(name: str) -> Path:
    """Return the folder `templates`, `static` or `migrations`, in a checkout or in an installed wheel."""
    package = Path(__file__).parent
    return package / name if (package / name).is_dir() else package.parent / name


def _secrets_from_files() -> dict[str, str]:
    found = {}
    for name in _SECRETS:
        path = os.environ.get(f"PORTAL_{name}_FILE")
        if path is None:
            continue
        try:
            found[name.lower()] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSettings(f"PORTAL_{name}_FILE names {path}, which cannot be read ({error.strerror}).") from error
    return found


def _kept_key(instance: Path) -> str:
    path = instance.resolve() / "secret_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


def _plain(error: object) -> str:
    assert isinstance(error, dict)
    message = str(error["msg"]).removeprefix("Value error, ")
    name = "PORTAL_" + "_".join(str(part) for part in error["loc"]).upper() if error["loc"] else ""
    return message if message.startswith(("PORTAL_", "Each key")) else f"{name}: {message}"
