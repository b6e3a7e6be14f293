"""The site says whether it lives and whether it can work."""

from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Worker


def test_a_living_process_says_so(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "alive"}


def test_without_a_worker_the_site_is_not_ready(app: Flask) -> None:
    response = app.test_client().get("/readyz")
    assert (response.status_code, response.json["missing"]) == (503, ["No worker is running: run portal worker."])


def test_with_a_beating_worker_the_site_is_ready(app: Flask) -> None:
    db.session.add(Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now()))
    db.session.commit()
    assert app.test_client().get("/readyz").json == {"ready": True, "missing": []}
