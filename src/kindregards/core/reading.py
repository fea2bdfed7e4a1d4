"""The readable text of a message out of its parts (RFC 2046 §5.1, RFC 3676).

Plain text is preferred; HTML is read for the text where there is no plain one and always for what it hides. Where the
two versions of one text differ markedly that is told, for then a person and a program read different mails.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kindregards.core.characters import decode, visible
from kindregards.core.html import LARGEST_HTML, render
from kindregards.core.parts import Part

#: Characters of text that are read.
LONGEST_BODY = 64 * 1024
#: Octets of plain text and of HTML of one message that are decoded at all.
_MOST_PLAIN = 4 * LONGEST_BODY
_MOST_HTML = 8 * LONGEST_BODY
_DEEPEST_QUOTE = 5

_WORD = re.compile(r"[^\W\d_]{3,}")
_BLANKS = re.compile(r"\n(?:[ \t]*\n){2,}")
#: A plain version of so few words beside a longer HTML one only says that there is an HTML one.
_STUB_WORDS = 40
#: Fewer distinct words say too little to call two versions different.
_FEW_WORDS = 8
#: The share of the words of the shorter version that must stand in the longer one.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: `body`, `hidden` letters that nobody sees, and what was odd on the way."""

    body: str = ""
    hidden: int = 0
    disagree: bool = False
    unknown_charset: bool = False
    damaged: bool = False
    cut: bool = False


def read(message: bytes, part: Part) -> Reading:
    """Read the text of a message; HeldMessageError where its HTML cannot be read in bounded time."""
    desk = _Desk(message)
    texts = [desk.text(versions) for versions in _bodies(part) or _last_resort(part)]
    body = "\n\n".join(text.strip("\n") for text in texts if text.strip())
    body = _BLANKS.sub("\n\n\n", body)
    return Reading(
        body=body[:LONGEST_BODY].rstrip(),
        hidden=desk.hidden,
        disagree=desk.disagree,
        unknown_charset=desk.unknown_charset,
        damaged=desk.damaged,
        cut=desk.cut or len(body) > LONGEST_BODY,
    )


def is_body(part: Part) -> bool:
    """Whether a leaf is text of the message itself and no attachment."""
    if part.media_type.startswith("multipart/"):
        return True
    return part.media_type in ("text/plain", "text/html") and not part.attached


def _bodies(part: Part) -> list[tuple[Part, ...]]:
    """The texts of a message in order, each as the versions it comes in."""
    kind = part.media_type
    if not part.children:
        return [(part,)] if is_body(part) else []
    if kind == "multipart/alternative":
        versions = [leaf for child in part.children for text in _bodies(child) for leaf in text]
        return [tuple(versions)] if versions else []
    if kind == "multipart/encrypted":
        return []
    # The rest of these belongs to the first part: its pictures, its signature, the report's details.
    only_first = kind in ("multipart/related", "multipart/signed", "multipart/report")
    return [text for child in part.children[: 1 if only_first else None] for text in _bodies(child)]


def _last_resort(part: Part) -> list[tuple[Part, ...]]:
    """The first text of any kind that is not marked to be saved, such as a body with a file name."""
    for leaf in part.leaves():
        if leaf.media_type.startswith("text/") and leaf.disposition.value != "attachment":
            return [(leaf,)]
    return []


class _Desk:
    """Reads one text after the other and remembers what was odd."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._plain_left, self._html_left, self._tree_left = _MOST_PLAIN, _MOST_HTML, LARGEST_HTML
        self.hidden = 0
        self.disagree = self.unknown_charset = self.damaged = self.cut = False

    def text(self, versions: Sequence[Part]) -> str:
        """One text out of its versions: the plain one unless that is empty or a stub."""
        plain = "\n\n".join(self._plain(part) for part in versions if part.media_type != "text/html")
        html = "\n\n".join(self._html(part) for part in versions if part.media_type == "text/html")
        if not plain.strip() or not html.strip():
            return plain if plain.strip() else html
        few, many = len(_WORD.findall(plain)), len(_WORD.findall(html))
        stub = few <= _STUB_WORDS and many >= 3 * few + _FEW_WORDS
        if differ(plain, html):
            self.disagree = True
        return html if stub else plain

    def _plain(self, part: Part) -> str:
        octets = self._octets(part, self._plain_left)
        self._plain_left -= len(octets)
        text, hidden = visible(self._decoded(octets, part))
        self.hidden += hidden
        parameters = part.content.parameters
        if parameters.get("format", "").lower() == "flowed":
            text = unflow(text, parameters.get("delsp", "").lower() == "yes")
        return "\n".join(line.rstrip() for line in text.split("\n"))

    def _html(self, part: Part) -> str:
        octets = self._octets(part, self._html_left)
        rendered = render(self._decoded(octets, part), self._tree_left)
        self._html_left -= len(octets)
        self._tree_left = max(0, self._tree_left - len(octets))
        self.hidden += rendered.hidden
        self.cut = self.cut or rendered.cut
        return rendered.text

    def _octets(self, part: Part, limit: int) -> bytes:
        octets = part.octets(self._message, limit + 1)
        if len(octets) > limit:
            self.cut = True
        return octets[:limit]

    def _decoded(self, octets: bytes, part: Part) -> str:
        found = decode(octets, part.content.parameters.get("charset", ""))
        self.unknown_charset = self.unknown_charset or found.unknown
        # A text that was cut may end in the middle of a character.
        self.damaged = self.damaged or (found.damaged and not self.cut)
        return found.text.replace("\r\n", "\n").replace("\r", "\n")


def differ(plain: str, html: str) -> bool:
    """Whether two versions of a text have markedly different words."""
    one, other = set(_WORD.findall(plain.casefold())), set(_WORD.findall(html.casefold()))
    fewer, more = sorted((one, other), key=len)
    if len(more) < _FEW_WORDS:
        return False
    if len(fewer) < _FEW_WORDS:
        return len(more) > 5 * _FEW_WORDS
    return len(fewer & more) < _ALIKE * len(fewer)


def unflow(text: str, delete_space: bool = False) -> str:
    """Join the lines of format=flowed into paragraphs (RFC 3676 §4)."""
    paragraphs: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        kept = content[:-1] if flows and delete_space else content
        if depth == open_depth and content != "-- ":
            paragraphs[-1].append(kept)
        else:
            paragraphs.append(["> " * min(depth, _DEEPEST_QUOTE) + kept])
        open_depth = depth if flows else -1
    return "\n".join("".join(pieces) for pieces in paragraphs)
