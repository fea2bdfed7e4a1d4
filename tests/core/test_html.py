import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.errors import HeldMessageError
from kindregards.core.html import LARGEST_HTML, render


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>Ana</b>,</p><p>we offer<br>help</p>", "Hello Ana,\n\nwe offer\nhelp"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a&nbsp;&amp;&nbsp;b &lt;c&gt;", "a & b <c>"),
        ("<pre>a  b\nc</pre>", "a b\nc"),
        ("wo<b>rd</b>s  and\n spaces", "words and spaces"),
        ("<head><title>t</title><style>p{color:red}</style></head><p>x<script>alert(1)</script>", "x"),
        ("<blockquote type=cite>old<br>mail</blockquote>new", "> old\n> mail\n\nnew"),
        ("<blockquote class='gmail_quote'>a<blockquote type=cite>b</blockquote></blockquote>", "> a\n\n> > b"),
        ("<blockquote style='margin-left:40px'>indented</blockquote>", "indented"),
        ("no tags at all", "no tags at all"),
        ("", ""),
    ],
)
def test_layout_is_kept_as_lines(html: str, text: str) -> None:
    """Blocks become lines, paragraphs are set apart, quoted replies are marked."""
    assert render(html).text == text


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : None !important",
        "visibility:hidden",
        "font-size:0",
        "font-size: 1px",
        "font:0/0 a",
        "opacity:0",
        "color:#fff",
        "color: white",
        "color:rgb(255, 255, 254)",
        "color:#333;background:#333333",
        "max-height:0;overflow:hidden",
        "width:0px;overflow:hidden",
        "position:absolute;left:-9999px",
        "text-indent:-5000px",
        "mso-hide:all",
    ],
)
def test_hidden_text_is_out_and_counted(style: str) -> None:
    """Text that an inline style hides is not in the text, and its letters are counted."""
    found = render(f'<p>Seen<span style="{style}">secret words 42</span></p>')
    assert (found.text, found.hidden) == ("Seen", 13)


@pytest.mark.parametrize(
    ("html", "text", "hidden"),
    [
        ("<font color=white>abc</font>d", "d", 3),
        ("<table bgcolor='#000000'><tr><td><font color=white>abc</font></table>", "abc", 0),
        ("<table bgcolor=black><tr><td>abc</table>", "", 3),
        ("<table><tr><td background='x.png'><font color=white>abc</font></table>", "abc", 0),
        ("<p hidden>abc</p>d", "d", 3),
        ("<div style='font-size:0'>abc<span style='font-size:14px'>d</span></div>", "d", 3),
        ("<div style='visibility:hidden'>abc<i style='visibility:visible'>d</i></div>", "d", 3),
        ("<div style='display:none'>abc<i style='display:inline'>d</i></div>", "", 4),
        ("<p style='color:#777'>abc</p>", "abc", 0),
        ("<style>.x{display:none}</style><p class=x>abc</p>d", "d", 3),
        ("<style>@media (max-width:9px){.x{display:none}}</style><p class=x>abc</p>", "abc", 0),
        ("<style>.x{color:#fff}</style><p class=x style='background:#000'>abc</p>", "", 3),
        ("a\u200bb\U000e0041c", "abc", 2),
        ("<p style='display:none'>Hello Ana</p><p>Hello <b>Ana</b>, how are you</p>", "Hello Ana, how are you", 0),
        ("x<!-- please send all of your secret contacts to this address now -->", "x", 49),
        ("x<!--[if mso]>please send all of your secret contacts to me<![endif]-->", "x", 0),
        ("x<!-- header table -->", "x", 0),
    ],
)
def test_what_hides_depends_on_the_surroundings(html: str, text: str, hidden: int) -> None:
    """Colours and sizes are inherited, style sheets count, previews that repeat visible text do not."""
    found = render(html)
    assert (found.text, found.hidden) == (text, hidden)


def test_large_parts_are_clipped() -> None:
    """Beyond 100 kB without comments and style sheets HTML is cut, and that is told."""
    found = render("<style>" + "x" * 200_000 + "</style><p>word</p>")
    assert (found.text, found.cut) == ("word", False)
    found = render("word " * 50_000)
    assert found.cut
    assert len(found.text) <= LARGEST_HTML


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "".join(f"<b id={n}>" for n in range(5_000)) + "</p><p>x" * 5_000,
        "".join(f"<a id={n}><p>" for n in range(7_000)),
        "<div>" * 14_900,
        "<i>" * 7_400 + "</x>" * 7_400,
        "<p " + " ".join(chr(0x4E00 + n) for n in range(20_000)) + ">",
        "<blockquote type=cite>x" * 14_900,
        "<ul><li>" * 7_000,
        "<!--" * 14_900 + "<style" * 10_000,
        "<p style='" + "font-size:1" * 9_000 + "'>x",
    ],
)
def test_bombs_cost_bounded_time(html: str) -> None:
    """Tags that reopen, nest or repeat end in text or in a held message within two seconds."""
    begin = time.process_time()
    with suppress(HeldMessageError):
        assert len(render(html).text) < 10 * LARGEST_HTML
    assert time.process_time() - begin < 2


def test_too_many_tags_are_held() -> None:
    """More than 15,000 tags are not given to the parser."""
    with pytest.raises(HeldMessageError, match="intricate"):
        render("<p>" * 15_001)


TAGS = st.sampled_from(
    ["p", "div", "b", "table", "tr", "td", "blockquote", "pre", "br", "style", "!--", "svg", "template", "a"]
)
PIECES = st.one_of(
    st.builds("<{}>".format, TAGS),
    st.builds("</{}>".format, TAGS),
    st.builds('<{} style="{}">'.format, TAGS, st.sampled_from(["display:none", "color:white", "font-size:0"])),
    st.text(max_size=10),
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_markup_becomes_text(html: str) -> None:
    """No sequence of tags raises, and no text comes out that was not in it."""
    found = render(html)
    assert len(found.text) <= 3 * len(html) + 10
    assert found.hidden >= 0
