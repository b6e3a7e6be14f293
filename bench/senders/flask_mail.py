"""Flask-Mail as its documentation shows it: one connection, one message for each person, no record of anything."""

import json
import sys
import time

import flask_mail
from flask import Flask, render_template_string

TEXT = "Hello {{ name }},\n\n{{ words }}\n\nStop: https://talent.example.org/u/{{ number }}\n"
HTML = (
    "<p>Hello {{ name }},</p><div>{{ words }}</div><p><a href='https://talent.example.org/u/{{ number }}'>Stop</a></p>"
)
WORDS = "A cable ferry holds on to a rope, and the river pushes it over; where it does not, a winch does. " * 100


def main(mails: int, port: int) -> None:
    """Send and tell how it went."""
    app = Flask("bench")
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="talent@example.org")
    mail = flask_mail.Mail(app)
    before = time.perf_counter()
    with app.app_context(), mail.connect() as connection:
        connection.num_emails = -(10**9)  # Never reconnect: its own limit is beside the point here.
        for number in range(mails):
            values = {"name": f"Zoë {number}", "words": WORDS, "number": number}
            connection.send(
                flask_mail.Message(
                    subject="What the river taught the winch",
                    recipients=[f"member{number}@example.org"],
                    body=render_template_string(TEXT, **values),
                    html=render_template_string(HTML, **values),
                )
            )
    seconds = time.perf_counter() - before
    print(json.dumps({"mails": mails, "seconds": seconds, "per_second": mails / seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
