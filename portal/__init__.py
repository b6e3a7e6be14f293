"""Evergreen: a self-hosted talent community portal. `create_app` puts the floors together."""

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import config
from portal.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from settings, or from the environment when none are given."""
    from portal import api, cli, desk, public, worker

    settings = settings or config.load()
    _refuse_bad_mail(settings)
    config.use(settings)
    _refuse_bad_keys()
    app = Flask(
        "portal",
        template_folder=str(config.resource("templates")),
        static_folder=str(config.resource("static")),
        instance_path=str(settings.instance.resolve()),
    )
    _configure(app, settings)
    _bind_extensions(app, settings)
    _tune_requests(app, settings)
    for door in (public, desk, api, worker, cli):
        door.register(app)
    return app


def _refuse_bad_mail(settings: Settings) -> None:
    """Say now what would hold every newsletter and letter later."""
    from portal.tools.mail.address import clean_name, parse
    from portal.tools.mail.relay import parse_relay

    checks = (
        ("MAIL_FROM", settings.mail_from, parse, "must look like Name <talent@example.org>"),
        ("REPLY_TO", settings.reply_to, parse, "must look like Name <talent@example.org>"),
        ("COMPANY_NAME", settings.company_name, clean_name, "must be one line of at most 200 characters"),
        ("SMTP_URL", settings.smtp_url, parse_relay, "cannot be used"),
    )
    for name, written, read, how in checks:
        try:
            if written:
                read(written)
        except ValueError as error:
            raise config.BadSettings(f"PORTAL_{name} {how}: {error}.") from error


def _refuse_bad_keys() -> None:
    from portal.services.sending import signing

    try:
        signing.signers()
    except ValueError as error:
        raise config.BadSettings(f"PORTAL_DKIM_KEY_FILE and the settings beside it cannot be used: {error}.") from error


def _configure(app: Flask, settings: Settings) -> None:
    from jinja2 import StrictUndefined

    from portal.extensions import impatience

    is_postgres = settings.database.startswith("postgresql")
    prefix, secure = ("", False) if settings.on_loopback else ("__Host-", True)
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=settings.secret_keys[1:],
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "connect_args": impatience()} if is_postgres else {},
        SESSION_COOKIE_NAME=f"{prefix}session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        # Token pages send no referrer, so a check of it would refuse their own forms over https.
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="en",
        BABEL_TRANSLATION_DIRECTORIES=str(config.resource("translations")),
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _bind_extensions(app: Flask, settings: Settings) -> None:
    from portal.extensions import babel, csrf, db, migrate, queue, tune_postgres, tune_sqlite
    from portal.tools import languages

    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.resource("migrations")))
    csrf.init_app(app)
    babel.init_app(app, locale_selector=languages.of_request)
    queue.init(app, settings.queue_url or _queue_beside(settings))
    with app.app_context():
        tune_sqlite(db.engine)
        tune_postgres(db.engine)


def _queue_beside(settings: Settings) -> str:
    if settings.database.startswith("postgresql"):
        return settings.database
    return f"sqlite:///{settings.instance.resolve() / 'queue.sqlite3'}"


def _tune_requests(app: Flask, settings: Settings) -> None:
    from flask_babel import get_locale

    from portal.extensions import only_reading
    from portal.tools import headers, languages

    @app.before_request
    def _read_on_get() -> None:
        only_reading.set(request.method in {"GET", "HEAD", "OPTIONS"})

    @app.after_request
    def _protect(response: Response) -> Response:
        return headers.protect(response, https=not settings.on_loopback)

    @app.context_processor
    def _site() -> dict[str, object]:
        language = str(get_locale())
        return {"site": settings, "page_language": language, "page_direction": languages.direction(language)}

    @app.errorhandler(HTTPException)
    def _explain(error: HTTPException) -> tuple[str, int]:
        known = {400, 403, 404, 405, 413, 429, 500, 503}
        code = error.code or 500
        g.failed = True
        return render_template(f"errors/{code if code in known else 400}.html", error=error), code
