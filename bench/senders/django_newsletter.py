"""django-newsletter as its documentation shows it: articles in its own templates, submitted to all over SQLite."""

import json
import sys
import time
from pathlib import Path

from bench.senders.edition import NAMES, TITLE, parts


def main(mails: int, port: int, folder: Path) -> None:
    """Send and tell how it went."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "bench.sqlite3")}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites", "django.contrib.messages",
            "sorl.thumbnail", "newsletter",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        ROOT_URLCONF="newsletter.urls",
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
    )  # fmt: skip
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _send(mails)


def _send(mails: int) -> None:
    from django.contrib.sites.models import Site
    from django.utils import timezone
    from newsletter.models import Article, Message, Newsletter, Submission, Subscription

    newsletter = Newsletter.objects.create(title="Ferries", slug="ferries", email="talent@example.org", sender="Us")
    newsletter.site.set([Site.objects.get_current()])
    Subscription.objects.bulk_create(
        Subscription(
            newsletter=newsletter,
            name_field=NAMES[number % len(NAMES)],
            email_field=f"member{number}@example.org",
            subscribed=True,
            activation_code=f"{number:040d}",
        )
        for number in range(mails)
    )
    message = Message.objects.create(title=TITLE, slug="river", newsletter=newsletter)
    for place, (title, words, url) in enumerate(parts()):
        Article.objects.create(post=message, title=title, text=f"<p>{words}</p>", url=url, sortorder=place)
    submission = Submission.from_message(message)
    submission.prepared, submission.publish_date = True, timezone.now()
    submission.save()
    before = time.perf_counter()
    Submission.submit_queue()
    seconds = time.perf_counter() - before
    assert Submission.objects.get().sent
    print(json.dumps({"mails": mails, "seconds": seconds, "per_second": mails / seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
