import pytest

from sandbox.errors import ApiError
from sandbox.formatted import plain
from sandbox.markup import parse


@pytest.mark.parametrize(
    ("source", "text", "safe"),
    [
        ("just text", "just text", "just text"),
        ("1 &lt; 2 &amp; &quot;3&quot; &gt; 2", '1 < 2 & "3" > 2', "1 &lt; 2 &amp; &quot;3&quot; &gt; 2"),
        ("&#8364; &#x20AC; &nbsp; & &", "€ € &nbsp; & &", "€ € &amp;nbsp; &amp; &amp;"),
        ("  <b>x</b>\n\n", "x", "<b>x</b>"),
        ("<b> x </b>", "x", "<b>x</b>"),
        ("<B>x</B> <strong>y</strong>", "x y", "<b>x</b> <b>y</b>"),
        ("<i><b>x</b>y</i>", "xy", "<i><b>x</b>y</i>"),
        ("<b><code>1 000</code></b>", "1 000", "<code><b>1 000</b></code>"),
        ("<u>a</u><ins>b</ins><s>c</s><del>d</del>", "abcd", "<u>a</u><u>b</u><s>c</s><s>d</s>"),
        ("<pre><code class='language-py'>x</code></pre>", "x", "<code><pre>x</pre></code>"),
        ("<blockquote expandable>x</blockquote>", "x", "<blockquote>x</blockquote>"),
        ("<tg-spoiler>x</tg-spoiler>", "x", '<span class="spoiler">x</span>'),
        ('<span class="tg-spoiler">x</span>', "x", '<span class="spoiler">x</span>'),
        ("<b></b>x", "x", "x"),
        ("<b>x</ >", "x", "<b>x</b>"),
        ("<a>no link</a>", "no link", "no link"),
        ('<a href="javascript:alert(1)">x</a>', "x", "x"),
    ],
)
def test_markup_becomes_text_and_a_safe_html(source: str, text: str, safe: str) -> None:
    assert (parse(source).text, parse(source).html) == (text, safe)


def test_a_link_keeps_its_address_and_nothing_else() -> None:
    said = parse('<a href="https://example.org/?a=1&amp;b=%22&quot;" onclick="x">here</a> <a>https://example.org</a>')
    assert [entity["url"] for entity in said.entities] == ['https://example.org/?a=1&b=%22"', "https://example.org"]
    assert 'href="https://example.org/?a=1&amp;b=%22&quot;" target="_blank"' in said.html
    assert "onclick" not in said.html


def test_entities_count_in_utf16_units() -> None:
    assert parse("🙂 <b>🙂x</b>").entities == ({"offset": 3, "length": 3, "type": "bold"},)


def test_a_plain_text_has_no_markup() -> None:
    said = plain("<b>1 & 2</b>\r\n")
    assert (said.text, said.entities, said.html) == ("<b>1 & 2</b>", (), "&lt;b&gt;1 &amp; 2&lt;/b&gt;")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("ы <br>", 'Unsupported start tag "br" at byte offset 3'),
        ("<script>alert(1)</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a ", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ],
)
def test_wrong_markup_is_refused_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"
