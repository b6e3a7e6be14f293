"""Home: what needs somebody, who joined, what went out and what is next; a newcomer is led step by step."""

from flask import Blueprint, render_template
from flask_login import current_user

from portal import clock
from portal.services.insight import today
from portal.tools.policy import allow

room = Blueprint("home", __name__)


@room.get("/")
@allow("viewer")
def index() -> str:
    """Show the day at a glance."""
    return render_template(
        "desk/home/index.html",
        recruiter=current_user,
        now=clock.now(),
        beginnings=today.beginnings(),
        needs=today.needs(publishes=current_user.may("publisher")),
        joined=today.joined(),
        joined_people=today.joined_people(),
        days=today.RECENT_DAYS,
        went_out=today.went_out(),
        coming=today.coming(),
    )
