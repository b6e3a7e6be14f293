"""Whole editions, ours and published ones, lose no text, no link and no code on the way to a mail."""

import json
import re
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from portal.tools.rendering import front_matter
from portal.tools.rendering.markdown import render
from portal.tools.rendering.sanitiser import TEXT_TAGS, sanitise
from tests.tools.rendering.sources import (
    EDITIONS,
    WORD,
    braces_of,
    code_of,
    faults_in,
    links_of,
    own_editions,
    words_of,
)

BASE = "https://site.example/letters/"


def check_nothing_is_lost(source: str) -> None:
    _, body = front_matter.split(source)
    rendered = render(body, base_url=BASE)
    shown = {unquote(link.url) for link in rendered.links}
    lost = [link for link in links_of(body) if not any(unquote(url).endswith(unquote(link)) for url in shown)]
    assert [link for link in lost if f"({link})" not in rendered.text or link.startswith("http")] == []
    assert [link.url for link in rendered.links if link.url not in rendered.text] == []
    assert words_of(body) - words_in(rendered.text) == {}
    html_words = words_in(unescape(re.sub(r"<[^>]+>", " ", rendered.html)))
    assert [word for word in words_of(body) if word not in html_words] == []


def words_in(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def check_code_is_intact(source: str) -> None:
    _, body = front_matter.split(source)
    rendered = render(body)
    pieces = [unescape(re.sub(r"<[^>]+>", "", block)) for block in re.findall(r"<pre>(.*?)</pre>", rendered.html, re.S)]
    for code in code_of(body):
        assert code in pieces
        indented = "\n".join(("    " + row) if row.strip() else row for row in code.strip("\n").split("\n"))
        assert indented in rendered.text or "\n".join("  " + row for row in indented.split("\n")) in rendered.text


def check_nothing_is_live(source: str) -> None:
    _, body = front_matter.split(source)
    rendered = render(body)
    assert faults_in(rendered.html, tags=TEXT_TAGS) == []
    assert sanitise(rendered.html) == rendered.html
    assert "<!--" not in re.sub(r"<pre>.*?</pre>", "", rendered.html, flags=re.DOTALL)


def check_braces_are_left_alone(source: str) -> None:
    _, body = front_matter.split(source)
    rendered = render(body)
    for braces in braces_of(body):
        assert " ".join(braces.split()) in " ".join(rendered.text.split())
        assert braces in unescape(rendered.html)


CHECKS = [check_nothing_is_lost, check_code_is_intact, check_nothing_is_live, check_braces_are_left_alone]


@pytest.mark.parametrize("edition", own_editions(), ids=lambda path: path.stem)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_our_own_editions_arrive_whole(edition: Path, check) -> None:
    check(edition.read_text())


@pytest.mark.parametrize("edition", own_editions(), ids=lambda path: path.stem)
def test_the_head_of_a_file_is_never_shown(edition: Path) -> None:
    _, body = front_matter.split(edition.read_text())
    rendered = render(body)
    assert "never shown to readers" not in rendered.html + rendered.text


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_published_editions_arrive_whole(shared_data: Path, check) -> None:
    editions = sorted((shared_data / "newsletters").glob("[01]*.md"))
    assert len(editions) == 12
    for edition in editions:
        check(edition.read_text())


def test_published_editions_have_a_title_and_hide_their_head(shared_data: Path) -> None:
    titles = {}
    for edition in sorted((shared_data / "newsletters").glob("[01]*.md")):
        meta, body = front_matter.split(edition.read_text())
        titles[edition.name[:2]] = front_matter.title_of(meta, body, file_name=edition.name)
        shown = render(body)
        for key in meta.keys() & {"layout", "rmd_hash", "rss_pubdate", "socialimg"}:
            assert str(meta[key]) not in shown.text
    assert titles["01"] == "This Week in Rust 4"
    assert titles["05"] == "Week Ending August 26, 2018"
    assert titles["07"] == "This Month in Julia World (November 2024)"
    assert titles["08"] == "This Month in Rust OSDev: February 2026"
    assert titles["11"] == "rOpenSci News Digest, May 2025"


def test_hostile_markdown_of_ours_is_shown_and_does_nothing() -> None:
    source = (EDITIONS / "nasty.md").read_text()
    check_nothing_is_live(source)
    rendered = render(source)
    assert [link.url for link in rendered.links] == ["https://example.org/ok", "https://example.org/open"]
    assert rendered.images == ()
    for words in ("overlay", "deep", "never closed, and a link neither", "The last words.", "<textarea>"):
        assert words in rendered.text
    assert "    <script>shown, not run</script>" in rendered.text
    assert "alert(1)</script>" not in rendered.html
    assert {remark.kind.value for remark in rendered.warnings} >= {
        "link dropped", "image dropped", "pixel", "tag dropped", "comment open",
    }  # fmt: skip


def test_hostile_markdown_of_others_does_nothing(shared_data: Path) -> None:
    source = (shared_data / "newsletters" / "made-nasty.md").read_text()
    check_nothing_is_live(source)
    check_braces_are_left_alone(source)
    rendered = render(source)
    assert "comment with secret" not in rendered.html + rendered.text
    assert rendered.text.count("> ") < 20
    for words in ("overlay", "deep", max(source.split(), key=len), "shown, not run", "☑ done", "☐ task"):
        assert words in rendered.text


def payloads(folder: Path) -> list[str]:
    found = [case["payload"] for case in json.loads((folder / "xss-dompurify.json").read_text())]
    found += [case["vector"] for case in json.loads((folder / "xss-h5sc.json").read_text())]
    found += (folder / "xss-lines.txt").read_text().splitlines()
    return found + json.loads((folder / "naughty-strings.json").read_text())


OWN_PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='\u2003javascript:alert(1)'>x</a>",
    "<a href='\u200bjavascript:alert(1)'>x</a>",
    "<a href='\uff4aavascript:alert(1)'>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<p style='background:url(javascript:alert(1))' class='overlay' id='main'>x</p>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<plaintext>", "<xmp>", "<title>", "<select><option>", "<!--", "<![CDATA[", "<?php", "{{ ''.__class__ }}",
]  # fmt: skip


def check_payload(payload: str) -> None:
    for written in (payload, f"text {payload} more", f"| a |\n|---|\n| {payload} |\n", f"[x](<{payload}>)"):
        rendered = render(f"{written}\n\nThe last words.\n")
        assert faults_in(rendered.html, tags=TEXT_TAGS) == [], written
        assert sanitise(rendered.html) == rendered.html, written
        assert "The last words." in rendered.text, written
        assert [link.url for link in rendered.links if link.url not in rendered.text] == [], written
    assert faults_in(sanitise(payload), tags=TEXT_TAGS) == [], payload


@pytest.mark.parametrize("payload", OWN_PAYLOADS)
def test_a_payload_does_nothing_and_swallows_nothing(payload: str) -> None:
    check_payload(payload)


def test_public_payloads_do_nothing_and_swallow_nothing(shared_data: Path) -> None:
    found = payloads(shared_data / "nasty")
    assert len(found) > 900
    for payload in found:
        check_payload(payload)


def test_the_gate_notices_what_an_unsanitised_preview_would_let_through() -> None:
    assert faults_in("<img src=x onerror=alert(1)>", tags=TEXT_TAGS) == ["img src=x", "img onerror=alert(1)"]
    assert faults_in("<a href=' javascript:alert(1)'>x</a>", tags=TEXT_TAGS) != []
    assert faults_in("<p style='position:fixed'>x</p><form></form>", tags=TEXT_TAGS) != []


def test_link_targets_are_kept_unharmed_or_dropped(shared_data: Path) -> None:
    for target in json.loads((shared_data / "nasty" / "newsletter-links.json").read_text()):
        kept = [link.url for link in render(f"[x](<{target}>)").links]
        if target.startswith(("javascript:", "data:", "cid:")):
            assert kept == []
        elif target.startswith("//"):
            assert kept == ["https:" + target]
        else:
            assert kept == [target.replace(" ", "%20")]
