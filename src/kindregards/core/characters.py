"""Bytes to characters, and characters nobody can see (RFC 2046 §4.1.2; Unicode: bidi controls, tags, zero width).

Only charsets of one closed list are ever handed to a codec: Python knows codecs that unpack archives or run for ever
on a chosen input, and a name out of a mail must not reach them. Nothing is guessed beyond UTF-8 and Windows-1252.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Name in a mail (lower case, "_" as "-") -> Python codec. UTF-7 is left out on purpose: it hides markup in ASCII.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "8859-1": "cp1252",
    "latin2": "iso8859-2",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "ibm437": "cp437",
    "ibm850": "cp850",
    "ibm852": "cp852",
    "ibm866": "cp866",
    "cp437": "cp437",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "shift-jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc-jp",
    "iso-2022-jp": "iso2022-jp-ext",
    "iso-2022-jp-2": "iso2022-jp-2",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "ksc5601": "cp949",
    "cp949": "cp949",
    "iso-2022-kr": "iso2022-kr",
    "gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "cp950": "cp950",
    "big5-hkscs": "big5hkscs",
}
_CODECS |= {f"iso-8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)}
_CODECS |= {f"{prefix}{n}": f"cp{n}" for n in range(1250, 1259) for prefix in ("windows-", "cp", "x-cp")}
#: Names that say nothing about bytes above 127.
_PLAIN = frozenset({"", "us-ascii", "ascii", "ansi-x3.4-1968", "unknown-8bit", "x-unknown", "7bit", "8bit", "binary"})

# Joiners between letters of scripts and pictures that need them are orthography, not hiding.
_JOINED = "\u0590-\u08ff\u0900-\u0dff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
    f"|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
)
_MARKS = re.compile("[\u061c\u200e\u200f]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_CONTROLS = dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 133), *range(134, 160)))
_CONTROLS |= {12: "\n", 133: "\n", 0x2028: "\n", 0x2029: "\n"}
_CONTROL = re.compile("[" + "".join(map(re.escape, map(chr, _CONTROLS))) + "]")  # a search is faster than a translation


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text out of bytes; `unknown` where the charset is not on the list, `damaged` where the bytes are not in it."""

    text: str
    unknown: bool = False
    damaged: bool = False


class Folding(dict[int, str]):
    """What each sign becomes where texts are compared, as a table for `str.translate`, filled as signs turn up.

    Compatible forms and capitals become plain small letters (Unicode NFKC, case folding), marks that a rule names go.
    """

    def __init__(self, drops: Callable[[str], bool], letters: Mapping[int, int]) -> None:
        """Take the rule, asked of signs taken apart (NFKD), and letters to be taken for others in the end."""
        super().__init__()
        self._drops, self._letters = drops, letters

    def __missing__(self, point: int) -> str:
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", chr(point)).casefold())
        kept = "".join(sign for sign in apart if not self._drops(sign))
        self[point] = unicodedata.normalize("NFC", kept).translate(self._letters)
        return self[point]

    def of(self, text: str) -> str:
        """Fold a text."""
        return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).translate(self)


def decode(octets: bytes, charset: str) -> Decoded:
    """Decode bytes by the charset a mail names; never raises.

    An unknown or silent charset is read as UTF-8, else as Windows-1252 (of which Latin-1 is the printable part).
    """
    name = charset.strip(" \t'\"").lower().replace("_", "-")
    codec = _CODECS.get(name)
    if codec is None:
        return Decoded(text=_guess(octets), unknown=name not in _PLAIN)
    try:
        return Decoded(text=octets.decode(codec))
    except UnicodeDecodeError:
        # Five bytes of Windows-1252 are unassigned; they are C1 controls of Latin-1 and vanish later.
        if codec == "cp1252":
            return Decoded(text=octets.decode("latin-1"))
    text = octets.decode(codec, "replace") if codec == "utf-8" else _guess(octets, codec)
    return Decoded(text=text, damaged=True)


def _guess(octets: bytes, otherwise: str = "cp1252") -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode(otherwise, "replace")


def visible(text: str) -> tuple[str, int]:
    """Take out control characters and all that has no width or turns the direction, and say how many were hidden.

    Marks of direction, which some programs put around every date, are taken out and not counted; neither are isolates
    in a text with right-to-left letters, nor one leading byte order mark.
    """
    if text.isascii():
        printable = text.replace("\n", "").replace("\t", "").isprintable()
        return (text if printable else text.translate(_CONTROLS)), 0
    text = text.removeprefix("\ufeff")
    if _CONTROL.search(text):
        text = text.translate(_CONTROLS)
    found = _INVISIBLE.findall(text)
    if not found:
        return text, 0
    harmless = _MARKS.findall(text)
    if _RIGHT_TO_LEFT.search(text):
        harmless += _ISOLATES.findall(text)
    return _INVISIBLE.sub("", text), len(found) - len(harmless)
