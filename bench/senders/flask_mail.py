"""Flask-Mail as its documentation shows it: one connection, one message for each person, no record of anything."""

import json
import sys
import time
from pathlib import Path

import flask_mail
from flask import Flask

from bench.senders.edition import NAMES, SITE, TITLE


def main(mails: int, port: int, folder: Path) -> None:
    """Send and tell how it went."""
    app = Flask("bench")
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="talent@example.org")
    mail = flask_mail.Mail(app)
    text, html = (app.jinja_env.from_string((folder / f"edition.{kind}").read_text()) for kind in ("txt", "html"))
    before = time.perf_counter()
    with app.app_context(), mail.connect() as connection:
        connection.num_emails = -(10**9)  # Never reconnect: its own limit is beside the point here.
        for number in range(mails):
            name = NAMES[number % len(NAMES)]
            values = {"name": name, "manage": f"{SITE}/m/{number}", "unsubscribe": f"{SITE}/u/{number}"}
            connection.send(
                flask_mail.Message(
                    subject=TITLE,
                    recipients=[(name, f"member{number}@example.org")],
                    body=text.render(values),
                    html=html.render(values),
                    extra_headers={
                        "List-Unsubscribe": f"<{values['unsubscribe']}>",
                        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    },
                )
            )
    seconds = time.perf_counter() - before
    print(json.dumps({"mails": mails, "seconds": seconds, "per_second": mails / seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
