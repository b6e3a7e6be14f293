"""Markdown becomes HTML that works in a mail, and the author hears what was changed."""

import pytest

from portal.tools.rendering.markdown import LONGEST, Link, Picture, TooLong, render
from portal.tools.rendering.remarks import Kind, Remark


def kinds(source: str, **options: str) -> list[Kind]:
    return [remark.kind for remark in render(source, **options).warnings]


def test_headings_start_below_the_page_title_and_skip_no_level() -> None:
    html = render("## A\n\n#### B\n\n#### C\n\n# D\n\n## E").html
    assert [line[:3] for line in html.split("\n")] == ["<h2", "<h3", "<h3", "<h2", "<h3"]


def test_links_and_pictures_are_listed_as_they_stand() -> None:
    rendered = render("[a **b**](https://example.org/1) ![c](https://example.org/c.png)")
    assert rendered.links == (Link("a b", "https://example.org/1"),)
    assert rendered.images == (Picture("c", "https://example.org/c.png"),)
    assert rendered.warnings == ()


def test_words_that_look_like_tags_stay_words() -> None:
    rendered = render("A Vec<T> and an Option<CStr> and <File as Seek> and <T>x</T>")
    assert rendered.text == "A Vec<T> and an Option<CStr> and <File as Seek> and <T>x</T>\n"


def test_tags_that_stay_open_end_with_their_paragraph() -> None:
    assert render("<b>one\n\ntwo</b>\n\nthree").html == "<p><b>one</b></p>\n<p>two</p>\n<p>three</p>"


def test_relative_links_need_a_site() -> None:
    assert render("[a](/b?c=1)", base_url="https://site.example/x/").links[0].url == "https://site.example/b?c=1"
    alone = render("[a](/b?c=1)")
    assert alone.links == ()
    assert alone.text == "a (/b?c=1)\n"
    assert alone.warnings == (Remark(Kind.LINK_WITHOUT_SITE, "/b?c=1"),)


def test_links_within_the_text_find_their_heading() -> None:
    rendered = render("[down](#the-end) [lost](#nowhere)\n\n## The end")
    assert '<a href="#part-the-end">down</a> lost' in rendered.html
    assert '<h2 id="part-the-end">The end</h2>' in rendered.html
    assert rendered.warnings == (Remark(Kind.ANCHOR_MISSING, "#nowhere"),)


def test_footnotes_carry_our_own_names() -> None:
    html = render("One[^a].\n\n[^a]: Note.").html
    assert '<a href="#fn-1" id="fnref-1">[1]</a>' in html
    assert '<li id="fn-1">' in html


def test_ids_and_classes_of_others_are_taken_off() -> None:
    assert render('<div id="main" class="site-header">x</div>').html == "<div>x</div>"
    twice = render('<h2 id="fn-1">a</h2>\n\n<h2 id="fn-1">b</h2>').html
    assert twice.count('id="fn-1"') == 1


@pytest.mark.parametrize(
    ("source", "html", "kind"),
    [
        ("![alt](http://example.org/a.png)", '<a href="http://example.org/a.png">alt</a>', Kind.IMAGE_INSECURE),
        ("![alt](data:image/png;base64,AA)", "alt", Kind.IMAGE_DROPPED),
        ("![alt](a.png)", "alt (a.png)", Kind.IMAGE_DROPPED),
        ('x <img src="https://example.org/o.gif" height="1">', "x", Kind.PIXEL),
        ('<video src="https://example.org/f.mp4"></video>', '<a href="https://example.org/f.mp4">', Kind.EMBED),
        ('<iframe src="https://example.org/f" title="Film"></iframe>', ">Film</a>", Kind.EMBED),
        ("x <script>y()</script>", "x", Kind.TAG_DROPPED),
        ("[x](file:///etc/passwd)", "<p>x</p>", Kind.LINK_DROPPED),
        ("[x](someapp:open)", "<p>x</p>", Kind.LINK_DROPPED),
        ("[x](irc://chat.example/room)", "<p>x (irc://chat.example/room)</p>", Kind.LINK_IN_WORDS),
    ],
)
def test_what_no_mail_can_show_becomes_what_it_can(source: str, html: str, kind: Kind) -> None:
    rendered = render(source)
    assert html in rendered.html
    assert [remark.kind for remark in rendered.warnings] == [kind]
    assert rendered.images == ()


def test_pictures_of_this_machine_may_be_plain_http() -> None:
    assert render("![a](http://localhost:8000/a.png)").images == (Picture("a", "http://localhost:8000/a.png"),)


def test_every_picture_has_a_description_even_if_empty() -> None:
    rendered = render("![](https://example.org/a.png)")
    assert 'alt=""' in rendered.html
    assert [remark.kind for remark in rendered.warnings] == [Kind.IMAGE_WITHOUT_ALT]


def test_a_link_without_words_is_named_by_its_address() -> None:
    assert render("[](https://example.org/a)").links == (Link("https://example.org/a", "https://example.org/a"),)
    pictured = render("[![](https://example.org/a.png)](https://example.org/b)")
    assert pictured.images == (Picture("https://example.org/b", "https://example.org/a.png"),)


def test_an_open_comment_hides_nothing() -> None:
    rendered = render("One\n\n<!-- two\n\n[three](https://example.org/3)")
    assert rendered.text == "One\n\n<!-- two\n\nthree <https://example.org/3>\n"
    assert [remark.kind for remark in rendered.warnings] == [Kind.COMMENT_OPEN]


def test_braces_keep_their_underscores_and_stars() -> None:
    assert render("{{ a.__b__ }} {% if *x* %} _y_").html == "<p>{{ a.__b__ }} {% if *x* %} <em>y</em></p>"


def test_right_to_left_paragraphs_find_their_own_direction() -> None:
    assert render("שלום\n\nhello").html == '<p dir="auto">שלום</p>\n<p>hello</p>'


def test_table_cells_keep_their_alignment_in_our_own_classes() -> None:
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |").html
    assert '<td class="align-center">1</td>' in html
    assert '<td class="align-end">2</td>' in html


def test_bare_addresses_become_links_and_file_names_do_not() -> None:
    assert [link.url for link in render("https://example.org/a?b=1 and README.md").links] == [
        "https://example.org/a?b=1"
    ]


def test_characters_that_cannot_be_written_are_left_out() -> None:
    assert render("a\x00b\x07c\u202ed\r\ne").text == "abcd e\n"


def test_what_is_too_long_is_refused_not_cut() -> None:
    with pytest.raises(TooLong):
        render("x" * (LONGEST + 1))


def test_nothing_renders_to_nothing() -> None:
    assert render("").html == ""
    assert render(" \n").text == ""


def test_remarks_speak_plainly() -> None:
    assert str(Remark(Kind.PIXEL, "https://example.org/o.gif")) == (
        "The invisible picture “https://example.org/o.gif” was left out: it would count readers without asking them."
    )
    assert len(Remark(Kind.EMBED, "x" * 900).sentence()) < 220
