import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.headers import body_start, parse_header
from kindregards.core.parts import read_parts
from kindregards.core.reading import LONGEST_BODY, Reading, differ, read, unflow

PLAIN = b"Content-Type: text/plain; charset=utf-8\n\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n"


def reading(raw: bytes) -> Reading:
    """What is read of a message."""
    end, start = body_start(raw, 0, len(raw))
    return read(raw, read_parts(raw, parse_header(raw[:end]), start))


def multipart(kind: bytes, *contents: bytes) -> bytes:
    """A multipart of parts with their headers."""
    boundary = b"b-" + kind
    inner = b"".join(b"--" + boundary + b"\n" + content + b"\n" for content in contents)
    return b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\n\n" + inner + b"--" + boundary + b"--\n"


def test_plain_text_is_preferred() -> None:
    """Of two versions of a text the plain one is read."""
    assert reading(multipart(b"alternative", PLAIN + b"Hello Ana", HTML + b"<p>Hello <b>Ana</b>")).body == "Hello Ana"


def test_html_is_read_where_there_is_nothing_else() -> None:
    """Without a plain version, or with an empty one, HTML becomes text."""
    assert reading(HTML + b"<p>Hello<p>Ana").body == "Hello\n\nAna"
    assert reading(multipart(b"alternative", PLAIN + b" \n", HTML + b"<p>Hello")).body == "Hello"


def test_a_stub_beside_html_is_passed_over() -> None:
    """A plain version that only says that there is an HTML one is not the text."""
    html = HTML + b"<p>We translate your brochures, catalogues and contracts into forty languages within one week. "
    html += b"Our reviewers hold degrees from good schools; ask for samples, prices or references whenever you like."
    found = reading(multipart(b"alternative", PLAIN + b"Your program cannot show this mail.", html))
    assert found.body.startswith("We translate")


def test_versions_that_say_different_things_are_told() -> None:
    """A person would read the HTML version, a program the plain one."""
    plain = PLAIN + b"Please find attached our quarterly report about shipping rates, many thanks for reading it."
    html = HTML + b"<p>Dear friend, send money quickly, claim lottery prize, reply with bank details today, God bless."
    assert reading(multipart(b"alternative", plain, html)).disagree
    assert not reading(multipart(b"alternative", plain, plain.replace(PLAIN, HTML))).disagree


def test_nested_parts_are_found() -> None:
    """The text lies in the alternative, the picture beside it and the file are not read."""
    alternative = multipart(b"alternative", PLAIN + b"Hello", HTML + b"<p>Hello")
    related = multipart(b"related", alternative, b"Content-Type: image/png\n\nx")
    attached = b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nsecret"
    assert reading(multipart(b"mixed", related, PLAIN + b"Footer", attached)).body == "Hello\n\nFooter"


def test_a_report_is_read_to_its_first_part() -> None:
    """Of a report only the words for a person are read."""
    report = multipart(
        b"report", PLAIN + b"Not delivered", b"Content-Type: message/delivery-status\n\nx", PLAIN + b"old"
    )
    assert reading(report).body == "Not delivered"


def test_a_text_with_a_file_name_is_the_last_resort() -> None:
    """Where nothing else is to be read a text with a name is, but not one that is marked to be saved."""
    assert reading(b"Content-Type: text/plain; name=body.txt\n\nHello").body == "Hello"
    assert reading(b"Content-Type: text/plain\nContent-Disposition: attachment\n\nHello").body == ""


def test_what_is_odd_is_told() -> None:
    """Unknown charsets, damaged and hidden characters and cut texts are told."""
    assert reading(b"Content-Type: text/plain; charset=zlib_codec\n\nx").unknown_charset
    assert reading(b"Content-Type: text/plain; charset=utf-8\n\n\xff").damaged
    assert reading(PLAIN + "a\u200b\u200bb".encode()).hidden == 2
    assert reading(HTML + b"<p style='display:none'>abc").hidden == 3
    found = reading(PLAIN + "é".encode() * 300_000)
    assert (len(found.body), found.cut, found.damaged) == (LONGEST_BODY, True, False)


def test_lines_are_as_in_unix() -> None:
    """CRLF and bare CR become LF, spaces at line ends and runs of empty lines go."""
    assert reading(b"\r\na  \r\nb\rc\r\n\r\n\r\n\r\n\r\nd\r\n").body == "a\nb\nc\n\n\nd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        (" stuffed\n >not quoted", "stuffed\n>not quoted"),
        ("> a \n> b\n>> c", "> a b\n> > c"),
        ("> a \nb", "> a \nb"),
        ("x\n-- \nAna", "x\n-- \nAna"),
        ("x \n-- \nAna", "x \n-- \nAna"),
    ],
)
def test_flowed_lines_are_joined(text: str, expected: str) -> None:
    """Lines that end in a space go on in the next of the same depth; a signature line does not (RFC 3676 §4)."""
    assert unflow(text) == expected


def test_deleted_spaces_join_words() -> None:
    """With DelSp the space at the end of a line is not part of the text (RFC 3676 §4.1)."""
    assert unflow("你 \n好", delete_space=True) == "你好"


@given(st.text(alphabet="> -ab\n", max_size=60))
def test_joining_loses_no_letter(text: str) -> None:
    """Whatever the lines, every letter is still there."""
    assert [c for c in unflow(text) if c in "ab"] == [c for c in text if c in "ab"]


@given(st.text(max_size=200))
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    """Two equal versions agree."""
    assert not differ(text, text)
