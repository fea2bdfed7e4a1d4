"""Mail addresses read strictly (RFC 5322 §3.4, RFC 6532): either all of a field is plain, or none of it is used.

Mail programs disagree about crooked address fields, and forgers live on that disagreement. So a field that breaks the
grammar gives no address at all; of the obsolete forms (RFC 5322 §4.4) only dots in a name and empty list places pass.
Domain literals, routes and comments inside an address are refused: nobody writes to them in good faith.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kindregards.core.characters import visible
from kindregards.core.headers import decode_words
from kindregards.core.message import Address

#: RFC 5321 §4.5.3.1: local part, domain, whole path.
_LONGEST_LOCAL, _LONGEST_DOMAIN, _LONGEST = 64, 255, 320
#: More pieces than this in one field is an attack on the reader, not a list of people.
_MOST_PIECES = 20_000
_DEEPEST_COMMENT = 10
#: Characters up to which what a field holds is remembered.
_SHORT = 200

_PIECE = re.compile(r'[ \t\r\n]+|"(?:[^"\\]|\\.)*"|[^ \t\r\n()<>\[\]:;@\\,".]+|[()<>\[\]:;@\\,".]', re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\u0080-\U0010ffff-]*[A-Za-z0-9\u0080-\U0010ffff])?")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]+")
_PAIR = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailboxes:
    """What an address field holds: its addresses, or none and `broken`; `group` tells that group syntax was used."""

    addresses: tuple[Address, ...] = ()
    broken: bool = False
    group: bool = False


class _Broken(Exception):  # noqa: N818 - it never leaves this module
    """The field does not keep the grammar."""


def parse_mailboxes(value: str) -> Mailboxes:
    """Read the value of an address field, folded or not; never raises.

    Encoded words are decoded after the structure is known, so that decoded text cannot make an address (RFC 2047 §5).
    """
    return _remembered(value) if len(value) <= _SHORT else _read(value)


def _read(value: str) -> Mailboxes:
    try:
        return _list(list(_pieces(value)))
    except _Broken:
        return Mailboxes(broken=True)


_remembered = lru_cache(maxsize=1024)(_read)  # the owner stands in every mail, an author in several of its fields


def _pieces(value: str) -> Iterator[str]:
    """Yield atoms, quoted strings, specials, a space for a run of them, and comments as one piece with its brackets."""
    position, count = 0, 0
    while position < len(value):
        match = _PIECE.match(value, position)
        count += 1
        if match is None or count > _MOST_PIECES:
            raise _Broken
        piece = match.group()
        if piece == "(":
            end = _comment_end(value, position)
            yield value[position:end]
            position = end
            continue
        if piece in (")", '"', "\\"):
            raise _Broken
        yield " " if piece.isspace() else piece
        position = match.end()


def _comment_end(value: str, start: int) -> int:
    """The place after a comment, which may nest (RFC 5322 §3.2.2)."""
    depth, position = 0, start
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
            if depth > _DEEPEST_COMMENT:
                raise _Broken
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    raise _Broken


def _list(pieces: list[str]) -> Mailboxes:
    addresses: list[Address] = []
    pending: list[str] = []
    group = inside = False
    for piece in (*pieces, ","):
        if piece == ":":
            if inside or "<" in pending or "@" in pending:
                raise _Broken
            group = inside = True
            pending = []
        elif piece in (",", ";"):
            if piece == ";" and not inside:
                raise _Broken
            inside = inside and piece != ";"
            addresses.extend(_mailbox(pending))
            pending = []
        else:
            pending.append(piece)
    if inside:
        raise _Broken
    return Mailboxes(addresses=tuple(addresses), group=group)


def _mailbox(pieces: list[str]) -> Iterator[Address]:
    """Read one place of a list; an empty place yields nothing."""
    comments = [piece[1:-1] for piece in pieces if piece[0] == "("]
    bare = [piece for piece in pieces if piece[0] != "("]
    while bare and bare[0] == " ":
        bare.pop(0)
    while bare and bare[-1] == " ":
        bare.pop()
    if not bare:
        return
    if "<" not in bare:
        yield Address(name=_words(" ".join(comments)), address=_addr_spec(bare))
        return
    opening = bare.index("<")
    # One angle address at the end of its place, and no comment between its brackets: readers differ about the rest.
    if bare[-1] != ">" or bare.count("<") > 1 or bare.count(">") > 1 or _commented(pieces):
        raise _Broken
    inner = [piece for piece in bare[opening + 1 : -1] if piece != " "] if bare[-2] == " " else bare[opening + 1 : -1]
    yield Address(name=_phrase(bare[:opening]) or _words(" ".join(comments)), address=_addr_spec(inner))


def _commented(pieces: list[str]) -> bool:
    return any(piece[0] == "(" for piece in pieces[pieces.index("<") : pieces.index(">")])


def _phrase(pieces: list[str]) -> str:
    """The display name; dots and square brackets pass, an at sign outside quotes does not."""
    if any(piece in ("@", ">", ":", ";") for piece in pieces):
        raise _Broken
    return _words("".join(_unquoted(piece) if piece[0] == '"' else piece for piece in pieces))


def _unquoted(piece: str) -> str:
    return _PAIR.sub(r"\1", piece[1:-1])


def _words(text: str) -> str:
    return " ".join(visible(decode_words(text))[0].split())


def _addr_spec(pieces: list[str]) -> str:
    """Check local part and domain and join them, the domain in lower case (RFC 5322 §3.4.1)."""
    if pieces.count("@") != 1:
        raise _Broken
    at = pieces.index("@")
    local, labels = pieces[:at], pieces[at + 1 :]
    quoted = len(local) == 1 and local[0][0] == '"'
    if not (quoted or _dotted(local, _ATOM)) or not _dotted(labels, _LABEL):
        raise _Broken
    name, domain = "".join(local), "".join(labels).lower()
    # An encoded word is no address (RFC 2047 §5 (3)), though its characters are those of an atom.
    if "=?" in name or len(name) > _LONGEST_LOCAL or len(domain) > _LONGEST_DOMAIN or not name.isprintable():
        raise _Broken
    return f"{name}@{domain}"


def _dotted(pieces: list[str], part: re.Pattern[str]) -> bool:
    """Whether the pieces are parts with single dots between them."""
    return (
        len(pieces) % 2 == 1
        and all(part.fullmatch(piece) for piece in pieces[::2])
        and all(piece == "." for piece in pieces[1::2])
    )
