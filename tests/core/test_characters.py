import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.characters import Folding, decode, visible


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"\x93caf\xe9\x94", "ISO_8859-1", "“café”"),
        ("żółw".encode("cp1250"), "windows-1250", "żółw"),
        ("привет".encode("koi8-r"), "KOI8-R", "привет"),
        ("こんにちは".encode("iso2022-jp"), "iso-2022-jp", "こんにちは"),
        ("你好".encode("gbk"), "GB2312", "你好"),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("déjà".encode(), "", "déjà"),
        (b"d\xe9j\xe0", "us-ascii", "déjà"),
    ],
)
def test_known_charsets_are_decoded(octets: bytes, charset: str, text: str) -> None:
    """Names of the list are decoded, Latin-1 as the Windows code page that senders mean by it."""
    found = decode(octets, charset)
    assert (found.text, found.unknown, found.damaged) == (text, False, False)


@pytest.mark.parametrize("charset", ["zlib_codec", "rot13", "undefined", "utf-7", "idna", "unicode_escape", "x-new"])
def test_other_names_never_reach_a_codec(charset: str) -> None:
    """A charset that is not on the list is told and the text is read as UTF-8 or Windows-1252."""
    assert decode(b"caf\xe9", charset).text == "café"
    assert decode(b"caf\xe9", charset).unknown


def test_bytes_that_are_not_in_their_charset_are_told() -> None:
    """Text that had to be guessed or replaced counts as damaged."""
    assert decode(b"caf\xe9", "utf-8").damaged
    mislabelled = decode("Ґрунт".encode(), "iso-8859-7")
    assert (mislabelled.text, mislabelled.damaged) == ("Ґрунт", True)


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_raises(octets: bytes, charset: str) -> None:
    """Any bytes under any name become text."""
    assert isinstance(decode(octets, charset).text, str)


@pytest.mark.parametrize(
    ("text", "seen", "hidden"),
    [
        ("plain\ttext\n", "plain\ttext\n", 0),
        ("a\x00b\x07c", "abc", 0),
        ("se\u200bcr\u200bet", "secret", 2),
        ("x\U000e0041\U000e0042", "x", 2),
        ("\u202egnp\u202c.exe", "gnp.exe", 2),
        ("\ufeffHello", "Hello", 0),
        ("‎26‎ июня", "26 июня", 0),
        ("👩\u200d💻 works", "👩\u200d💻 works", 0),
        ("می\u200cخواهم", "می\u200cخواهم", 0),
        ("\u2067שלום\u2069", "שלום", 0),
    ],
)
def test_what_nobody_sees_is_taken_out_and_counted(text: str, seen: str, hidden: int) -> None:
    """Zero width, tags and overrides count; joiners in pictures and Persian words stay."""
    assert visible(text) == (seen, hidden)


@given(st.text())
def test_taking_out_twice_changes_nothing_more(text: str) -> None:
    """What is left holds nothing invisible but joiners that have a use."""
    once, _ = visible(text)
    assert visible(visible(once)[0])[0] == visible(once)[0]


@given(st.text())
def test_folding_takes_what_is_written_alike_for_alike(words: str) -> None:
    """Composed or taken apart, in capitals or not: a text folds to the same, and folding it again changes nothing."""
    folding = Folding(lambda sign: unicodedata.combining(sign) > 0, {})
    once = folding.of(words)
    assert folding.of(once) == once
    assert folding.of(unicodedata.normalize("NFC", words)) == once


def test_folding_drops_what_the_rule_names() -> None:
    """Accents go, letters are replaced, and plain text passes."""
    folding = Folding(lambda sign: unicodedata.combining(sign) > 0, {ord("ł"): ord("l")})
    assert folding.of("Ｓeñor Łukasz, ÉTÉ e\u0301te") == "senor lukasz, ete ete"
