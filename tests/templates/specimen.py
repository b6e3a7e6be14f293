"""A tiny application that shows the bases and every macro, without a database."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, abort, flash, make_response, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from wtforms import (
    BooleanField,
    ColorField,
    DateField,
    DateTimeLocalField,
    EmailField,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from portal import config
from portal.tools import headers
from portal.tools.colors import brand_css
from portal.tools.forms import Address, AtMost, Form, MultiCheckboxField, Needed, PersonName
from portal.tools.rendering.rings import rings, view_box

TOPICS = [SelectChoice(*pair) for pair in (("planning", "Motion planning"), ("force", "Force control"))]
RHYTHMS = [SelectChoice(*pair) for pair in (("every", "Every newsletter"), ("monthly", "At most once a month"))]
SITE = SimpleNamespace(
    company_name="Northwind Robotics",
    postal_address="Maashaven 12, 3081 AE Rotterdam",
    contact="talent@northwind.example",
    brand_color="#17694e",
    logo=None,
    demo=True,
)


class EveryField(Form):
    """One field of each kind a page may need."""

    where = HiddenField(default="page-7")
    email = EmailField("Email address", [Address()])
    name = StringField("Name", [Optional(), PersonName(), AtMost(40)])
    password = PasswordField("Password", description="At least 12 characters.")
    title = StringField("Title", [Needed("Enter a title")])
    body = TextAreaField("What you want to say", [AtMost(200)])
    born_on = DateField("Day", [Optional()])
    send_at = DateTimeLocalField("Send on", [Optional()])
    number = IntegerField("How many", [Optional()])
    community = SelectField(
        "Community", choices=[SelectChoice("", "Any community"), SelectChoice("robotics", "Robotics software")]
    )
    rhythm = RadioField("How often should we write?", choices=RHYTHMS, default="every")
    role = RadioField(
        "Role", choices=[SelectChoice("viewer", "Viewer"), SelectChoice("owner", "Owner")], default="viewer"
    )
    width = RadioField(
        "Width", choices=[SelectChoice("desktop", "Desktop"), SelectChoice("mobile", "Phone")], default="desktop"
    )
    topics = SelectMultipleField("Topics", choices=TOPICS, default=["force"])
    days = MultiCheckboxField("Days", choices=[SelectChoice("mon", "Monday"), SelectChoice("tue", "Tuesday")])
    agreed = BooleanField("Northwind Robotics may email me the newsletters. I can stop at any time.")
    logo = FileField("Logo")
    color = ColorField("Brand colour", default="#17694e")


def make_app() -> Flask:
    """Build the application: the product's templates, static files, headers and strictness."""
    app = Flask("specimen", static_folder=str(config.resource("static")))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    here = Path(__file__).parent / "specimens"
    app.jinja_loader = ChoiceLoader([FileSystemLoader(here), FileSystemLoader(config.resource("templates"))])
    app.config.update(SECRET_KEY="a key for specimens only", TESTING=True)
    Babel(app)
    CSRFProtect(app)
    _add_pages(app)

    @app.context_processor
    def _context() -> dict[str, object]:
        recruiter = SimpleNamespace(name="Mina Choudhury", email="mina@northwind.example", role="owner")
        direction = request.args.get("dir", "ltr")
        given = {"site": SITE, "page_language": "en", "page_direction": direction}
        return given if "outside" in request.args else {**given, "current_recruiter": recruiter}

    @app.after_request
    def _protect(response: Response) -> Response:
        return headers.protect(response, https=False)

    @app.errorhandler(HTTPException)
    def _explain(error: HTTPException) -> tuple[str, int]:
        return render_template(f"errors/{error.code}.html", error=error), error.code or 500

    return app


def _add_pages(app: Flask) -> None:
    @app.get("/brand.css")
    def brand() -> Response:
        return Response(brand_css(SITE.brand_color), mimetype="text/css")

    @app.route("/fields", methods=["GET", "POST"])
    def fields() -> Any:
        form = EveryField()
        if request.method == "POST" and not form.validate():
            return make_response(render_template("fields.html", form=form), 422)
        return render_template("fields.html", form=form)

    @app.get("/desk/")
    @app.get("/desk/members")
    def parts() -> str:
        flash("Saved. The next newsletter goes out on 21 October.", "ok")
        flash("The mail server is slow. We keep trying.", "warn")
        flash("Nothing was sent. The mail server refused our password.", "danger")
        flash("Two people joined today.")
        paths = rings("robotics-software", 9)
        return render_template(
            "parts.html", paths=paths, view_box=view_box(paths), page=int(request.args.get("page", 2))
        )

    @app.get("/c/robotics-software")
    def public_page() -> str:
        paths = rings("robotics-software", 9)
        community = SimpleNamespace(slug="robotics-software", state="open", brand_color=None, name="Robotics software")
        today = dt.date(2026, 5, 21)
        return render_template("reading.html", community=community, paths=paths, view_box=view_box(paths), today=today)

    @app.get("/broken/<int:code>")
    @app.get("/desk/broken/<int:code>", endpoint="desk_broken")
    def broken(code: int) -> None:
        abort(code)
