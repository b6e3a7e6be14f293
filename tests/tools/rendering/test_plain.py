"""The plain text reads like a letter somebody wrote."""

from portal.tools.rendering.markdown import render, rendered_from


def test_lists_keep_their_numbers_and_depth() -> None:
    source = "3. three\n4. four\n   - deep\n     more\n\n\n- one\n\n  two\n"
    assert render(source).text == "3. three\n4. four\n   - deep more\n\n- one\n\n  two\n"


def test_reversed_and_numbered_items_count_as_told() -> None:
    assert rendered_from("<ol reversed><li>a</li><li>b</li></ol>").text == "2. a\n1. b\n"
    assert rendered_from("<ol><li value='7'>a</li><li>b</li></ol>").text == "7. a\n8. b\n"


def test_quotes_and_headings_are_marked() -> None:
    assert render("# A title\n\n> said\n> > before\n\n## Below\n\n### And below").text == (
        "A title\n=======\n\n> said\n>\n> > before\n\nBelow\n-----\n\nAnd below\n"
    )


def test_code_is_never_wrapped() -> None:
    code = "x = 1  \n\n\ty = '" + "long " * 30 + "'\n"
    assert render(f"```\n{code}```").text == "".join(
        f"    {row}\n" if row.strip() else "\n" for row in code.rstrip("\n").split("\n")
    )


def test_every_address_stands_beside_its_words() -> None:
    text = render("[a](https://example.org/1), <https://example.org/2>, [b](mailto:b@example.org)").text
    assert text == "a <https://example.org/1>, https://example.org/2, b\n<mailto:b@example.org>\n"


def test_pictures_speak_by_their_description() -> None:
    assert render("![A kiln](https://example.org/k.png) ![](https://example.org/d.png)").text == "[A kiln]\n"


def test_lines_break_at_spaces_and_addresses_never_do() -> None:
    address = "https://example.org/" + "a" * 90
    text = render("word " * 20 + f"[b]({address}) " + "日本 " * 30).text
    assert f"<{address}>" in text.split("\n")
    assert max(len(line) for line in text.split("\n") if address not in line) <= 72


def test_small_tables_are_aligned() -> None:
    text = render("| Firing | Cracks |\n|---|--:|\n| first | 17 |\n| 二回目 | 2 |").text
    assert text == "Firing  Cracks\n------  ------\nfirst       17\n二回目       2\n"


def test_wide_tables_are_told_line_by_line() -> None:
    wide = "w" * 50
    text = render(f"| Name | Story |\n|---|---|\n| a | {wide} |\n| b | [x](https://example.org/{wide}) |").text
    assert text == f"Name: a\nStory: {wide}\n\nName: b\nStory: x\n<https://example.org/{wide}>\n"


def test_spans_keep_their_columns_and_full_rows_stand_alone() -> None:
    html = (
        "<table><tr><td colspan=3>Both years</td></tr><tr><th rowspan=2>y</th><th colspan=2>people</th></tr>"
        "<tr><th>young</th><th>old</th></tr><tr><td>1970</td><td>6</td><td>1</td></tr>"
        "<tr><td colspan=3>Source: census</td></tr></table>"
    )
    assert rendered_from(html).text == (
        "Both years\n\ny     people\n      young   old\n----  ------  ---\n1970  6       1\n\nSource: census\n"
    )


def test_tables_in_tables_are_told_once() -> None:
    text = rendered_from("<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>" * 2).text
    assert text == "a b\n\na b\n"


def test_marks_that_carry_meaning_are_kept() -> None:
    assert render("~~gone~~ `code` x<sup>2</sup> <q>said</q> *em* **strong**").text == (
        "~~gone~~ `code` x^2 “said” em strong\n"
    )


def test_definition_lists_and_line_breaks() -> None:
    assert rendered_from("<dl><dt>Term</dt><dd>Meaning</dd></dl><p>a<br>b</p>").text == "Term\n\n  Meaning\n\na\nb\n"
