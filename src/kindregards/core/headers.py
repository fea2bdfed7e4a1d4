"""Header fields: cut apart, unfolded, decoded (RFC 5322 §2.2, RFC 2047, RFC 2231), and their ids and dates.

Everything here is linear in its input and none of it raises but HeldMessageError, for a header over the limits of
RELIABILITY §7. Address fields are in `core.addresses`; nothing here knows what a field means to the desk.
"""

import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote_to_bytes

from kindregards.core.characters import decode, visible
from kindregards.core.errors import HeldMessageError

MOST_FIELDS = 1_000
#: A part of a message may have silly many; they cost little and nothing looks at them (James has a test of it).
MOST_PART_FIELDS = 5_000
LARGEST_FIELD = 64 * 1024
LARGEST_HEADER = 256 * 1024
_MOST_IDS = 200

_BLANK_LINE = re.compile(rb"\n\r*\n|\r\r(?!\n)")
_FIELD = re.compile(r"([!-9;-~]+)([ \t]*):([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\n]*)\?=")
_MEDIA = re.compile(r"\s*([!#$&^_.+\-\w]+)\s*/\s*([!#$&^_.+\-\w]+)", re.ASCII)
_PARAMETER = re.compile(
    r";\s*([^\s=;*\"]+)(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;]*))", re.ASCII | re.DOTALL
)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
#: RFC 5322 §3.6.4 as senders write it: one at sign, no space, quote, backslash or angle bracket inside.
_ID_TEXT = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.:\[\]$]{1,200}"
_ID = re.compile(rf"<({_ID_TEXT}@{_ID_TEXT})>")
_DATE = re.compile(
    r"\s*(?:[^\W\d]{2,9}\.?,?\s+)?(\d{1,2})[\s\-]+([A-Za-z]{3})[a-z]{0,6}[\s\-]+(\d{4}|\d{2,3})"
    r"\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s*([+-]\d{4}|[A-Za-z]{1,5})?(?:\s+[A-Za-z]{1,5})?\s*(?:\(|$)"
)
_ASCTIME = re.compile(
    r"\s*(?:[A-Za-z]{3}\s+)?([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+([+-]\d{4}|[A-Za-z]{1,5})?\s*(\d{4})\s*"
)
_MONTHS = dict(jan=1, feb=2, mar=3, apr=4, may=5, jun=6, jul=7, aug=8, sep=9, oct=10, nov=11, dec=12)  # noqa: C408
#: RFC 5322 §4.3; every other letter zone means that nothing is known about the place (-0000).
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of a message or a part in order: name in lower case, value as written, folds kept as LF and space.

    `junk` tells of lines that are no field, `bare_cr` of a carriage return alone, `spaced` are the names that stood
    with a space before their colon, `damaged` tells of bytes that are neither UTF-8 nor ASCII.
    """

    fields: tuple[tuple[str, str], ...] = ()
    junk: bool = False
    bare_cr: bool = False
    spaced: frozenset[str] = frozenset()
    damaged: bool = False
    by_name: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def all(self, name: str) -> Sequence[str]:
        """The raw values of a field; the name in lower case."""
        return self.by_name.get(name, ())

    def first(self, name: str) -> str:
        """The raw value of the first field of that name, "" where there is none."""
        return self.by_name[name][0] if name in self.by_name else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """A Content-Type or Content-Disposition: value in lower case and parameters, their names in lower case."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def body_start(octets: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header that begins at `start` ends and where the body begins; a missing blank line means no body."""
    if octets[start : start + 1] == b"\n" or octets[start : start + 2] == b"\r\n":
        return start, start + (1 if octets[start] == 10 else 2)
    found = _BLANK_LINE.search(octets, start, min(end, start + LARGEST_HEADER + 2))
    return (found.start(), found.end()) if found else (end, end)


def parse_header(block: bytes, most: int = MOST_FIELDS) -> Header:
    """Cut a header into its fields; HeldMessageError where it is over a limit.

    A line that is no field is left out and told, so that a field behind it still counts: parsers that stop there can
    be made blind to an Auto-Submitted.
    """
    written, bare_cr, damaged = _written(block)
    fields: list[tuple[str, str]] = []
    by_name: dict[str, list[str]] = {}
    spaced: set[str] = set()
    position, junk = 0, False
    while position < len(written):
        match = _FIELD.match(written, position)
        if match is None:
            line, position = position, written.find("\n", position) + 1 or len(written)
            junk = junk or not written[line:position].isspace()
            continue
        name, value = match[1].lower(), match[3]
        if len(value) > LARGEST_FIELD:
            raise HeldMessageError("A header field of the message is larger than 64 kB.")
        fields.append((name, value))
        by_name.setdefault(name, []).append(value)
        if match[2]:
            spaced.add(name)
        position = match.end()
    if len(fields) > most:
        raise HeldMessageError(f"The message has more than {most:,} header fields.")
    return Header(
        fields=tuple(fields), junk=junk, bare_cr=bare_cr, spaced=frozenset(spaced), damaged=damaged, by_name=by_name
    )


def _written(block: bytes) -> tuple[str, bool, bool]:
    """The characters of a header with LF at its line ends; whether a bare CR was among them; whether any is damaged."""
    if len(block) > LARGEST_HEADER:
        raise HeldMessageError("The header of the message is larger than 256 kB.")
    found = decode(block, "utf-8")
    written = found.text.replace("\r\n", "\n").removesuffix("\r")
    return written.replace("\r", "\n"), "\r" in written, found.damaged


def unfold(value: str) -> str:
    """The value on one line, encoded words decoded, without control or invisible characters."""
    if "=?" in value:
        value = decode_words(value)
    value = " ".join(value.split())
    return value if value.isascii() and value.isprintable() else " ".join(visible(value)[0].split())


def decode_words(value: str) -> str:
    """Decode encoded words (RFC 2047 §6.2): white space between two of them goes, and so do their line ends.

    Neighbours in one charset are joined before decoding, because senders cut characters in two. At most 64 kB come
    out; what follows is left away.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    octets, charset, end = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        adjacent = bool(octets or charset) and not between.strip(" \t\r\n")
        if not adjacent or match[1].lower() != charset:
            out.append(decode(octets, charset).text)
            octets = b""
        if not adjacent:
            out.append(between)
        charset, end = match[1].lower(), match.end()
        octets += _word_octets(match[2], match[3])
    out.append(decode(octets, charset).text)
    out.append(value[end:])
    return "".join(out)[:LARGEST_FIELD]


def _word_octets(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(octets.replace(b" ", b"_"), header=True)
    return decode_base64(octets)


def decode_base64(octets: bytes) -> bytes:
    """Decode base64 as far as it goes; what is not of the alphabet is skipped (RFC 2045 §6.8)."""
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        kept = octets.translate(None, _NOT_BASE64)
        return binascii.a2b_base64(kept[: len(kept) // 4 * 4] + b"====" if len(kept) % 4 == 1 else kept + b"===")


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def parse_structured(value: str) -> Structured:
    """Read `type/subtype; name=value` or `token; name=value` (RFC 2045 §5.1), continuations included (RFC 2231)."""
    media = _MEDIA.match(value)
    token = f"{media[1]}/{media[2]}" if media else value.partition(";")[0].strip()
    if ";" not in value:
        return Structured(value=token.lower())
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        name, index, extended, quoted, bare = match.groups()
        text = _PAIR.sub(r"\1", quoted) if quoted is not None else bare.strip()
        if index is None and extended is None:
            plain.setdefault(name.lower(), unfold(text))
        else:
            pieces.setdefault(name.lower(), {})[int(index or 0)] = (extended is not None, text)
    return Structured(value=token.lower(), parameters=plain | {name: _joined(of) for name, of in pieces.items()})


def _joined(pieces: dict[int, tuple[bool, str]]) -> str:
    """Put the pieces of one parameter together (RFC 2231 §3, §4)."""
    charset, octets = "", b""
    for index, (extended, text) in sorted(pieces.items()):
        if extended and index == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return " ".join(visible(decode(octets, charset).text)[0].split())


def message_id(value: str) -> str | None:
    """The one id of a Message-ID field with its brackets, None where it does not keep the strict pattern."""
    match = _ID.fullmatch(value.strip())
    return match.group() if match else None


def message_ids(values: Iterable[str]) -> tuple[str, ...]:
    """The ids of References or In-Reply-To fields in order, each once, the last 200; everything else is passed over."""
    found = dict.fromkeys(match.group() for value in values for match in _ID.finditer(value))
    return tuple(found)[-_MOST_IDS:]


def parse_date(value: str) -> datetime | None:
    """Read a Date field (RFC 5322 §3.3, §4.3; also the form of asctime), None where it cannot be read or believed."""
    match = _DATE.match(value)
    if match:
        day, month, year, hour, minute, second, zone = match.groups()
    else:
        match = _ASCTIME.fullmatch(value)
        if match is None:
            return None
        month, day, hour, minute, second, zone, year = match.groups()
    try:
        return datetime(
            _year(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), min(int(second or 0), 59),
            tzinfo=_zone(zone or ""),
        )  # fmt: skip
    except (ValueError, KeyError):
        return None


def _year(text: str) -> int:
    """RFC 5322 §4.3: two digits from 50 on and three digits count from 1900."""
    year = int(text)
    if len(text) < 4:
        year += 2000 if len(text) == 2 and year < 50 else 1900
    if not 1970 <= year <= 2200:
        raise ValueError(text)
    return year


def _zone(text: str) -> timezone:
    if text and text[0] in "+-":
        hours, minutes = int(text[1:3]), int(text[3:5])
        if hours > 15 or minutes > 59:
            raise ValueError(text)
        away = timedelta(hours=hours, minutes=minutes)
        return timezone(-away if text[0] == "-" else away)
    hours = _ZONES.get(text.upper(), 0)
    return timezone(timedelta(hours=hours)) if hours else UTC
