"""One edition for every sender: the same words and links, as parts, as Markdown and as ready templates."""

from pathlib import Path

TITLE = "What the river taught the winch"
SITE = "https://talent.pontwright.example.org"
NAMES = ("Amara Okafor", "Zoë Verhoeven", "Jonas Weiß", "Lin Chen")
LINKS = 12


def parts() -> list[tuple[str, str, str]]:
    """Return twelve parts as (title, words, address of the whole)."""
    words = "A cable ferry holds on to a rope, and the river pushes it over; where it does not, a winch does. "
    return [(f"Part {n + 1}", words * 6, f"https://example.org/part/{n}") for n in range(LINKS)]


def body() -> str:
    """Return the parts as some 8 KB of Markdown, which a mail carries twice."""
    return "\n\n".join(f"## {title}\n\n{words}\n\n[Read {title}]({url})" for title, words, url in parts())


def write(folder: Path) -> None:
    """Write edition.txt and edition.html as the portal renders them, with places for name and addresses."""
    # Here, and not above: a peer's own environment reads the words and knows no portal.
    from portal.tools.rendering import markdown
    from portal.tools.rendering.mail import NewsletterMail, render_newsletter

    made = render_newsletter(
        NewsletterMail(
            title=TITLE, preheader="Three winters of measuring", body=markdown.render(body()), company="Pontwright",
            community="How ferries are made", brand="#0f6b5c", logo_url=None, archive_url=f"{SITE}/c/ferries",
            manage_url="{{ manage }}", unsubscribe_url="{{ unsubscribe }}",
            postal_address="Loswal 4, 0417 OV Ostervoorde", greeting_name="{{ name }}", language="en",
            reason="You get this because you joined How ferries are made and asked for every newsletter.",
        )
    )  # fmt: skip
    (folder / "edition.txt").write_text(made.text)
    (folder / "edition.html").write_text(made.html)
