"""A reply as the bytes of a draft that a person will look at and send (RFC 5322, 2045, 2047; RELIABILITY §4).

It is written by hand over bytes, for the standard library has let sender text become header fields more
than once. A subject, two addresses and some ids are all that comes from outside; each is cut down to what
its field may hold. `check` then splits the finished bytes again, knowing nothing of how they were made, and
refuses anything unexpected.

The body is always quoted-printable: one way for every text, that survives lines of any length, blanks at
their ends, "From " and single dots, needs no 8BITMIME, and leaves Latin scripts readable in the file.
(Base64 hides the text from whoever opens the file, and is what filters expect of those who hide.)
`X-Unsent: 1` makes mail programs open the file as a draft. No Auto-Submitted: what a person released is no
automatic response (RFC 3834 §5.2). No Cc, Bcc, Reply-To.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from kindregards.core.errors import DiscretionError
from kindregards.desk.marks import ID_DOMAIN
from kindregards.desk.reply import Reply, reply_subject

#: Code points of an author's name, and of a subject before it is cleaned.
LONGEST_NAME, LONGEST_SUBJECT = 100, 2000
#: The first id and the last of the others, this many in all.
MOST_REFERENCES = 20

_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+"
_DOTTED = rf"{_ATOM}(?:\.{_ATOM})*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@)(?=.{{3,254}}\Z){_DOTTED}@(?:{_LABEL}\.)+(?=[A-Za-z]){_LABEL}")
# RFC 5322 §3.6.4, with the stray dots that real ids have; ids that need quoting are passed over.
_ID = re.compile(r"<[\w.!#$%&'*+\-/=?^`{|}~]+@(?:[\w.!#$%&'*+\-/=?^`{|}~]+|\[[!-Z^-~]*\])>", re.ASCII)
_ATOMS = re.compile(rf"{_ATOM}(?: {_ATOM})*")
_WORD = re.compile(r"=\?utf-8\?B\?([A-Za-z0-9+/]+={0,2})\?=")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
# Controls, halves of surrogate pairs, what turns the direction of a line, and what has no width but is no
# joiner or mark of direction that a script needs.
_UNFIT = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_PLAIN = re.compile(r"[\t -~]")
_FIELD = re.compile(r"([A-Za-z][A-Za-z\-]*): ([!-~][\s\S]*)")
_ENCODED = re.compile(r"(?:[\t -<>-~]|=[0-9A-F]{2})*=?")
_ALLOWED = bytes([9, 10, 13, *range(32, 127)])
_JOINERS = "\u200c\u200d"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIXED = {
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "quoted-printable",
    "X-Unsent": "1",
}


def new_message_id(seed: str) -> str:
    """Make the Message-ID of a reply: the same seed, the same id, so that a second try is no second message.

    The seed holds the owner's address, the key of the message that is answered and the step: without the
    owner, two who answer one circular would send under one id, and the second answer could be dropped as a
    duplicate.
    """
    digest = hashlib.sha256(b"message-id\0" + seed.encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{digest[:40]}@{ID_DOMAIN}>"


def serialize(reply: Reply, *, author_name: str, message_id: str, date: datetime) -> bytes:
    """Write a reply as a message of its own, ready to be saved as an .eml file.

    `author_name` stands before the owner's address; `message_id` has its angle brackets; `date` has a zone.
    DiscretionError where an address, the id or the date cannot stand in a header, or `check` refuses.
    """
    if not _valid_id(message_id):
        raise DiscretionError("draft: its Message-ID is no message id")
    sender, recipient = _addr_spec(reply.sender, "sender"), _addr_spec(reply.to, "recipient")
    fields = [
        ("From", [*_phrase(author_name), f"<{sender}>"]),
        ("To", [recipient]),
        ("Subject", _unstructured(reply_subject(_one_line(reply.subject, LONGEST_SUBJECT)))),
        ("Date", [_date(date)]),
        ("Message-ID", [message_id]),
        *_thread(reply),
        *((name, [value]) for name, value in _FIXED.items()),
    ]
    head, text = "".join(_folded(name, words) for name, words in fields), as_sent(reply.body)
    raw = f"{head}\r\n{_quoted_printable(text)}".encode("ascii")
    check(raw, names=[name for name, _ in fields], sender=sender, recipient=recipient, text=text)
    return raw


def as_sent(body: str) -> str:
    r"""The text that arrives: lines end in \n, the last one too; no controls, nothing that turns or hides."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub("", lines).rstrip("\n") + "\n"


def check(raw: bytes, *, names: Sequence[str], sender: str, recipient: str, text: str) -> None:
    """Split a finished message again and let it pass only as it must be, else DiscretionError says why.

    Exactly the fields of `names`, `sender` the only author, `recipient` the only recipient, `text` the body
    once decoded; printable ASCII in lines of at most 998 bytes that end in CR LF (RFC 5322 §2.1.1), nothing
    invisible in any decoded value.
    """
    oddity = next(_oddities(raw, names, sender, recipient, text), None)
    if oddity:
        raise DiscretionError(f"draft: {oddity}; it is not released")


def _addr_spec(address: str, whose: str) -> str:
    """Pass one plain address on: dot-atom and host name (RFC 5322 §3.4.1, RFC 1123 §2.1)."""
    if not _ADDRESS.fullmatch(address) or "=?" in address:
        raise DiscretionError(f"draft: the address of its {whose} is not one plain mail address")
    return address


def _valid_id(text: str) -> bool:
    # An encoded word in an id is legal and never meant well: some programs decode it.
    return len(text) <= 250 and "=?" not in text and _ID.fullmatch(text) is not None


def _thread(reply: Reply) -> Iterator[tuple[str, list[str]]]:
    """In-Reply-To and References, each only where there is a valid id (RFC 5322 §3.6.4)."""
    parent = (reply.in_reply_to or "").strip()
    chain = [text for text in dict.fromkeys(map(str.strip, reply.references)) if _valid_id(text)]
    if _valid_id(parent):
        yield "In-Reply-To", [parent]
        chain = [*(text for text in chain if text != parent), parent]
    if chain:
        yield "References", [chain[0], *chain[1:][-MOST_REFERENCES + 1 :]]


def _one_line(text: str, most: int) -> str:
    """Cut a text down to what one line of a header may show: no controls, no marks that have no width."""
    kept = []
    for letter in text[:most]:
        category = unicodedata.category(letter)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif letter in _JOINERS or category not in ("Cf", "Cs"):
            kept.append(letter)
    return " ".join("".join(kept).split())


def _phrase(name: str) -> list[str]:
    """A display name: atoms, a quoted string or encoded words (RFC 5322 §3.2.5, RFC 2047 §5 (3))."""
    line = _one_line(name, LONGEST_NAME)
    if not line.isascii() or "=?" in line:
        return _encoded(line)
    if not line or _ATOMS.fullmatch(line):
        return line.split()
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _unstructured(line: str) -> list[str]:
    """A subject: its words where they are ASCII and short enough to fold, else encoded words."""
    words = line.split(" ")
    if line.isascii() and "=?" not in line and max(map(len, words)) <= 60:
        return words
    return _encoded(line)


def _encoded(line: str) -> list[str]:
    """Encoded words of whole characters, short enough for lines of 76 (RFC 2047 §2, §5)."""
    chunks = [b""]
    for letter in line:
        octets = letter.encode()
        if len(chunks[-1]) + len(octets) > 39:
            chunks.append(b"")
        chunks[-1] += octets
    return [f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks]


def _date(moment: datetime) -> str:
    """A date-time of RFC 5322 §3.3, in English whatever the locale."""
    offset = moment.utcoffset()
    if offset is None:
        raise DiscretionError("draft: its date has no zone")
    if offset % timedelta(minutes=1):
        moment = moment.astimezone(UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S %z}"


def _folded(name: str, words: Sequence[str]) -> str:
    """One field, folded between words at 76 columns where they allow it (RFC 5322 §2.2.3)."""
    lines = [f"{name}:"]
    for place, word in enumerate(words):
        if place and len(lines[-1]) + 1 + len(word) > 76:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def _quoted_printable(text: str) -> str:
    """Encode lines of text (RFC 2045 §6.7): at most 76 columns, characters kept whole."""
    done = []
    for line in text.split("\n")[:-1]:
        current = ""
        for place, letter in enumerate(line):
            ends = place == len(line) - 1 and letter in " \t"
            token = _octets(letter) if ends or letter == "=" or not _PLAIN.fullmatch(letter) else letter
            if len(current) + len(token) > 75:
                done.append(current + "=")
                current = ""
            # Transports stumble over a dot first in a line, mailbox files over "From ".
            if not current and (letter == "." or line.startswith("From ", place)):
                token = _octets(letter)
            current += token
        done.append(current)
    return "".join(f"{line}\r\n" for line in done)


def _octets(letter: str) -> str:
    return "".join(f"={octet:02X}" for octet in letter.encode())


def _oddities(raw: bytes, names: Sequence[str], sender: str, recipient: str, text: str) -> Iterator[str]:
    """What should not be in a finished message, the first first: each check relies on those before it."""
    if raw.translate(None, _ALLOWED):
        yield "it holds a byte that is not printable ASCII"
    if b"\r" in (rest := raw.replace(b"\r\n", b"")) or b"\n" in rest or not raw.endswith(b"\r\n"):
        yield "it holds a bare CR or LF"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        yield "it holds a line of more than 998 bytes"
    head, gap, body = raw.decode("ascii", "replace").partition("\r\n\r\n")
    if not gap:
        yield "it has no body"
    if not all(line.strip() for line in head.split("\r\n")):
        yield "it holds a header line of blanks"
    fields = [_FIELD.fullmatch(field) for field in re.split(r"\r\n(?![ \t])", head)]
    found = [(field[1], re.sub(r"\r\n(?=[ \t])", "", field[2])) for field in fields if field]
    if sorted(name for name, _ in found) != sorted(names) or len(found) != len(fields):
        yield "its header fields are not those that were meant"
    for name, value in found:
        if not _meant(name, value, sender, recipient):
            yield f"its {name} field is not as it must be"
    if _decoded(body) != text:
        yield "its text is not what was written"


def _meant(name: str, value: str, sender: str, recipient: str) -> bool:
    """Whether the unfolded value of a field is of the one form that field may have."""
    rest = _WORD.sub("", value)
    if "=?" in rest or (rest != value and name not in ("From", "Subject")):
        return False
    if not all(map(_shown, _WORD.findall(value))):
        return False
    if name == "From":
        phrase, _, author = value.rpartition("<")
        plain = phrase.strip()
        fits = not plain or _QUOTED.fullmatch(plain) or all(map(_ATOMS.fullmatch, plain.split()))
        return bool(fits) and author == f"{sender}>" and _ADDRESS.fullmatch(sender) is not None
    if name == "To":
        return value == recipient and _ADDRESS.fullmatch(recipient) is not None
    if name in ("Message-ID", "In-Reply-To", "References"):
        ids = value.split(" ")
        return all(map(_valid_id, ids)) and len(ids) <= (MOST_REFERENCES if name == "References" else 1)
    if name == "Date":
        return _DATE.fullmatch(value) is not None
    return name == "Subject" or value == _FIXED.get(name)


def _shown(word: str) -> bool:
    """Whether the base64 of an encoded word is whole characters, all of them to be seen."""
    try:
        text = base64.b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return _one_line(f"|{text}|", len(text) + 2) == f"|{text}|"


def _decoded(body: str) -> str | None:
    """The text of a body, None where it is not clean quoted-printable (RFC 2045 §6.7) and UTF-8."""
    lines = body.split("\r\n")
    if any(len(line) > 76 or line.endswith((" ", "\t")) or not _ENCODED.fullmatch(line) for line in lines):
        return None
    try:
        text = binascii.a2b_qp(body.encode("ascii")).decode().replace("\r\n", "\n")
    except UnicodeError:
        return None
    return None if _UNFIT.search(text) else text
