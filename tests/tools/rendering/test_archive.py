"""The archive shows the same words, reachable by keyboard and measured for readers."""

from portal.tools.rendering import archive
from portal.tools.rendering.markdown import Rendered, render


def test_wide_parts_can_be_reached_by_keyboard() -> None:
    html = archive.page_html(render("| a |\n|---|\n| 1 |\n\n```\ncode\n```\n\n![p](https://example.org/p.png)"))
    assert '<div class="table-wrap" role="region" tabindex="0" aria-label="Table 1"><table>' in html
    assert '<pre tabindex="0"><code>code\n</code></pre>' in html
    assert 'loading="lazy"' in html


def test_the_body_is_sanitised_again_where_it_is_shown() -> None:
    tampered = Rendered(html="<p onclick='x()'>a<script>alert(1)</script></p>", text="a\n")
    assert archive.page_html(tampered) == "<p>a</p>"
    assert archive.feed_html(tampered, page_url="https://site.example/a") == "<p>a</p>"


def test_feed_links_within_the_text_lead_to_its_page() -> None:
    html = archive.feed_html(render("a[^1]\n\n[^1]: b"), page_url="https://site.example/a")
    assert 'href="https://site.example/a#fn-1"' in html
    assert " id=" not in html
    assert " class=" not in html


def test_words_and_minutes() -> None:
    assert archive.word_count(render("one two-three [four](https://example.org/five) 日本")) == 5
    assert archive.reading_minutes(render("word " * 441)) == 3
    assert archive.reading_minutes(render("")) == 1


def test_the_summary_is_made_of_whole_words() -> None:
    body = render(
        "# Title\n\nFirst words here[^1], then more.\n\n| t |\n|---|\n| 1 |\n\n```\ncode\n```\n\nEnd.\n\n[^1]: n"
    )
    assert archive.summary(body) == "First words here, then more. End."
    assert archive.summary(body, longest=20) == "First words here…"
    assert archive.summary(render("x" * 40), longest=10) == "x" * 9 + "…"
    assert archive.summary(render("")) == ""
