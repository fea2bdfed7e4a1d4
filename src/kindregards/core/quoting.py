"""The new text of a mail: without quoted replies, copied headers and signature (RFC 3676 §4.3 for "-- ").

Each line gets a kind, then one decision is made about the lines: is the answer above the older mail, below it, or in
between? All languages are looked for at once, because people answer in one language with a program in another.
Greetings and names stay: they belong to what somebody wrote. Quotes with text between them stay, too.
"""

import re

from kindregards.core.quoting_marks import DASHES, EMPTY, QUOTE, RULE, SIGN, TEXT, Mark, marks
from kindregards.core.quoting_words import QuotingWords

__all__ = ["QuotingWords", "new_text"]

_MOST_LINES = 20_000
#: Forwarded mails in forwarded mails that are unpacked.
_MOST_LAYERS = 10
#: So many lines under a quote are an answer under a quote; fewer are a signature.
_ANSWER_LINES = 7
#: A block under a line of dashes is a signature only if it is no larger than this.
_SIGNATURE_LINES, _SIGNATURE_WIDTH = 10, 80
#: A quoted line this long may have been broken by a program on the way.
_BROKEN_OFF = 60

#: A mail tracker leaves this letter behind.
_TRACKED = "\u1427"
_RULE = re.compile(r"[\s\u1427]*(?:[-–—_=*~#+]{3,}|[=*#~+_]{2,}|\u1427)[\s\u1427]*")
_SENTENCE_END = re.compile(r"[.!?…]\s*$")


def new_text(body: str, words: QuotingWords) -> str:
    """Find what somebody newly wrote in a mail; never raises.

    Of a forwarded mail with nothing added that is the forwarded text; of nothing but quotes it is nothing.
    """
    lines = body.split("\n")[:_MOST_LINES]
    kinds = _kinds(lines, words)
    mark = None
    for _ in range(_MOST_LAYERS):
        mark = next(marks(lines, kinds, words), None)
        if mark is None or TEXT in kinds[: mark.start]:
            break
        begin = _below(kinds, mark)
        lines, kinds = lines[begin:], kinds[begin:]
    if mark is not None:
        lines, kinds = _above(lines, kinds, mark, words)
    lines, kinds = _without_signature(lines, kinds)
    kept = len(kinds.rstrip(EMPTY + QUOTE + RULE + DASHES))
    return "\n".join(lines[:kept]).strip("\n").rstrip()


def _kinds(lines: list[str], words: QuotingWords) -> str:
    """The kind of every line; the end of a quoted line that a program broke off counts as quoted."""
    kinds = [_kind(line, words) for line in lines]
    for number in range(1, len(lines) - 1):
        before = lines[number - 1]
        if kinds[number] == TEXT and kinds[number - 1] == kinds[number + 1] == QUOTE and len(before) >= _BROKEN_OFF:
            ended = _SENTENCE_END.search(before) or before.rstrip().endswith(":")
            kinds[number] = TEXT if ended and not lines[number][0].islower() else QUOTE
    return "".join(kinds)


def _kind(line: str, words: QuotingWords) -> str:
    bare = line.strip()
    if not bare:
        return EMPTY
    if not bare[0].isalnum() or bare[0] == _TRACKED:
        if bare[0] == ">" and not bare.startswith(">From "):  # mbox files mark such a line so
            return QUOTE
        if bare in ("--", "—", "––"):
            return DASHES
        if _RULE.fullmatch(bare):
            return RULE
    return SIGN if len(bare) < 160 and words.signed_by_device(bare) else TEXT


def _below(kinds: str, mark: Mark) -> int:
    """Where the text begins under a mark with nothing above it: a forwarded mail, or an answer under its quote."""
    below = kinds[mark.end :]
    if mark.copied or below.lstrip(EMPTY)[:1] != QUOTE:
        return mark.end
    return len(kinds) - len(below.lstrip(EMPTY + QUOTE))


def _above(lines: list[str], kinds: str, mark: Mark, words: QuotingWords) -> tuple[list[str], str]:
    """What stands above the first mark; or all but the marks where the answer is in between or under the quotes."""
    if mark.copied or not _answered_inside(kinds[mark.end :]):
        return lines[: mark.start], kinds[: mark.start]
    marked = {number for one in marks(lines, kinds, words) for number in range(one.start, one.end)}
    left = [number for number in range(len(lines)) if number not in marked]
    return [lines[number] for number in left], "".join(kinds[number] for number in left)


def _answered_inside(below: str) -> bool:
    """Whether text between quotes, or enough of it under them, is an answer to them."""
    if below.lstrip(EMPTY)[:1] != QUOTE:
        return False
    last = below.rindex(QUOTE)
    return TEXT in below[:last] or below[last:].partition(DASHES)[0].count(TEXT) >= _ANSWER_LINES


def _without_signature(lines: list[str], kinds: str) -> tuple[list[str], str]:
    """Drop a signature under dashes, and what a device signed."""
    first = kinds.find(TEXT)
    for number in range(first + 1, len(lines)) if first >= 0 else ():
        kind = kinds[number]
        if kind == DASHES or (kind == RULE and _like_signature(lines, kinds, number + 1)):
            lines, kinds = lines[:number], kinds[:number]
            break
    left = [number for number, kind in enumerate(kinds) if kind != SIGN]
    return [lines[number] for number in left], kinds.replace(SIGN, "")


def _like_signature(lines: list[str], kinds: str, start: int) -> bool:
    """Whether the rest is a few short lines without sentences; true of nothing at all."""
    if kinds.count(TEXT, start) > _SIGNATURE_LINES:
        return False
    text = [lines[number].strip() for number in range(start, len(lines)) if kinds[number] == TEXT]
    return all(
        len(line) <= _SIGNATURE_WIDTH and not (_SENTENCE_END.search(line) and len(line.split()) > 4) for line in text
    )
