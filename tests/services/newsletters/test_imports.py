"""Newsletters from Markdown files: the head is read and hidden, the body is kept as it was written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal.services.newsletters import imports, writing
from portal.tools.rendering import front_matter, markdown
from tests import factories

WITH_HEAD = """---
title: "Cucumbers roll: what a round vegetable taught us"
description: A planner that expects movement
author:
- Femi Adeyemi
- Klara Voss
date: '2025-10-21'
slug: cucumbers
lang: de-AT
---

Hello {{ member.first_name }}, {% if x %}this stays{% endif %}.

    def code():
        return "indented"

[A link](https://example.org/?a=1&b=2)
"""


def test_the_head_becomes_title_summary_authors_date_and_language(app: Flask) -> None:
    found = imports.import_markdown(WITH_HEAD, filename="x.md", community=factories.community())
    assert (found.title, found.summary, found.written_by, found.slug, found.language) == (
        "Cucumbers roll: what a round vegetable taught us",
        "A planner that expects movement",
        "Femi Adeyemi, Klara Voss",
        "cucumbers",
        "de",
    )
    assert found.created_at == datetime(2025, 10, 21, tzinfo=UTC)
    assert found.state == "draft"
    assert not found.is_published


def test_the_body_is_kept_as_it_was_written(app: Flask) -> None:
    found = imports.import_markdown(WITH_HEAD, filename="x.md", community=factories.community())
    assert found.body == WITH_HEAD.split("---\n\n")[1]


@pytest.mark.parametrize(
    ("text", "filename", "title"),
    [
        ("# Heading *first*\n\nWords", "2020-issue.md", "Heading first"),
        ("Words only", "what-we-learnt.md", "What we learnt"),
        ("Title: Plain lines\nDate: 2013-06-29 12:26\n\nWords", "x.md", "Plain lines"),
        ('+++\ntitle = "From TOML"\n+++\nWords', "x.md", "From TOML"),
        ('---\ntitle: "Two\\nlines\\u202E"\n---\nWords', "x.md", "Two lines"),
        (f"---\ntitle: {'long ' * 100}\n---\nWords", "x.md", ("long " * 100)[:194].strip() + "…"),
    ],
)
def test_a_title_is_found_or_made_safe(app: Flask, text: str, filename: str, title: str) -> None:
    assert imports.import_markdown(text, filename=filename, community=factories.community()).title == title


def test_the_language_may_stand_in_the_file_name(app: Flask) -> None:
    at = factories.community(language="en")
    names = ("index-es.md", "index.de.md", "index.md", "follow-up.md")
    found = [imports.import_markdown("Words", filename=name, community=at).language for name in names]
    assert found == ["es", "de", "en", "en"]


def test_the_same_file_twice_makes_two_drafts(app: Flask) -> None:
    at = factories.community()
    slugs = [imports.import_markdown(WITH_HEAD, filename="x.md", community=at).slug for _ in range(2)]
    assert slugs == ["cucumbers", "cucumbers-2"]


def test_a_date_to_come_is_not_believed(app: Flask) -> None:
    found = imports.import_markdown("---\ndate: 2999-01-01\n---\nW", filename="x.md", community=factories.community())
    assert found.created_at == found.changed_at


@pytest.mark.parametrize("text", ["", "  \n\n", "---\ntitle: Only a head\n---\n"])
def test_a_file_without_words_is_refused(app: Flask, text: str) -> None:
    with pytest.raises(writing.BadWords):
        imports.import_markdown(text, filename="x.md", community=factories.community())


def test_real_editions_import_without_loss(app: Flask, shared_data: Path) -> None:
    at = factories.community()
    files = sorted((shared_data / "newsletters").glob("*.md"))
    assert len(files) == 13
    for file in files:
        source = file.read_text(encoding="utf-8")
        _, body = front_matter.split(source)
        found = imports.import_markdown(source, filename=file.name, community=at)
        assert found.body == body
        assert source.endswith(body)
        assert found.title
        assert markdown.render(found.body).text
