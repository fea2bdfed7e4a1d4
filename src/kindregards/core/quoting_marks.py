"""Where an older mail begins in the text of a mail: copied headers and lines of attribution, broken ones too.

A line of attribution says who wrote the mail below and when; there is no standard for it, so it is known by its parts:
a word such as "wrote", a date, an address and a colon at its end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kindregards.core.quoting_words import LONGEST, QuotingWords

#: The kinds of lines, one letter each, so that the kinds of a text are a string.
TEXT, EMPTY, QUOTE, RULE, DASHES, SIGN = "teqrds"

#: An attribution is broken into no more lines than this; one that begins without a date into no more than three.
_MOST_BROKEN, _MOST_BROKEN_UNDATED = 6, 3
_HEADER_LINES = 14
_FEW_WORDS = 8

_RULED = re.compile(r"[\s*]*[-–—_=*~#]{2}")
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.hH]\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d))")
_DATE_TIME = re.compile(r"(?:19|20)\d\d\b.*\b\d{1,2}[:.]\d{2}\b|\b\d{1,2}[:.]\d{2}\b.*(?:19|20)\d\d\b")
_DATE_FIRST = re.compile(r"\W*(?:[^\W\d]{1,12}[.,،]*\s+){0,2}\d{1,4}(?:[.,:/年\-\s]|$)")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|<[^<>\s]+@[^<>]+>|&lt;|mailto:")
_ADDRESS_LAST = re.compile(r"(?:>|&gt;|\)|\])\s*[:：]$")
_COLON_LAST = re.compile(r"[:：][\s*_>]*$")
_BROKEN_END = re.compile(r"\s*>[^>]{0,40}[:：]\s*")
_BETWEEN_DASHES = re.compile(r"\s*-{3,}.*-{3,}\s*")
_SENTENCE_END = re.compile(r"[.!?…]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Lines from `start` to before `end` that stand above an older mail; `copied` for a copied header."""

    start: int
    end: int
    copied: bool


def marks(lines: list[str], kinds: str, words: QuotingWords) -> Iterator[Mark]:
    """Yield the places above older mails in order, without overlap; `kinds` has a letter for each line."""
    ends = "".join("x" if _may_end(line, kind, words) else "-" for line, kind in zip(lines, kinds, strict=True))
    number = 0
    while number < len(lines):
        mark = None
        if kinds[number] in (TEXT, RULE) and len(lines[number]) <= LONGEST:
            mark = _copied_header(lines, kinds, number, words)
            if mark is None and "x" in ends[number : number + _MOST_BROKEN]:
                mark = _attribution(lines, kinds, number, words)
        if mark is None:
            number += 1
        else:
            yield mark
            number = mark.end


def _may_end(line: str, kind: str, words: QuotingWords) -> bool:
    """Whether an attribution can end with this line; a look that is cheap enough for every line."""
    if kind == QUOTE:
        return _BROKEN_END.fullmatch(line) is not None
    bare = line.rstrip("\t\xa0 *_")
    return kind == TEXT and (bare[-1:] in (":", "：", "-") or bare.lower().endswith(words.wrote.phrases))


def _copied_header(lines: list[str], kinds: str, start: int, words: QuotingWords) -> Mark | None:
    """A copied header at this line, with the line of dashes or words above it."""
    line = lines[start]
    ruled = kinds[start] == RULE or _RULED.match(line) is not None
    if (ruled or _COLON_LAST.search(line)) and words.announces(line):
        return Mark(start=start, end=_fields(lines, kinds, start + 1, words)[0], copied=True)
    begin = start
    if ruled:
        begin = next((n for n in range(start + 1, min(len(lines), start + 4)) if kinds[n] != EMPTY), start)
    if not words.role(lines[begin]):
        return None
    end, roles, addressed = _fields(lines, kinds, begin, words)
    # A journey has a from, a to and a date as well, but no subject, no address and seldom a time of day.
    enough = "from" in roles and (len(roles) >= 3 or (len(roles) == 2 and addressed and begin > start))
    return Mark(start=start, end=end, copied=True) if enough and (addressed or "subject" in roles) else None


def _fields(lines: list[str], kinds: str, start: int, words: QuotingWords) -> tuple[int, set[str], bool]:
    """Where a copied header ends, what fields it has, and whether an address or a date with a time stands in it."""
    roles: set[str] = set()
    end, empty, addressed = start, 0, False
    for number in range(start, min(len(lines), start + _HEADER_LINES)):
        role = words.role(lines[number])
        if kinds[number] == EMPTY:
            empty += 1
            if empty > 1 and roles:
                break
        elif role:
            roles.add(role)
            proof = _DATE_TIME if role == "sent" else _ADDRESS
            addressed = addressed or proof.search(lines[number][:LONGEST]) is not None
            end, empty = number + 1, 0
        elif empty or not roles or kinds[number] == QUOTE:
            break
        else:  # a long subject or a list of recipients goes on
            end = number + 1
    return end, roles, addressed


def _attribution(lines: list[str], kinds: str, start: int, words: QuotingWords) -> Mark | None:
    """A line such as "On <date>, <name> wrote:" that begins here, also where it is broken into several."""
    first = lines[start]
    begun = words.begins(first)
    dated = begun or (_DATE_FIRST.match(first) is not None and _DATE.search(first[:60]) is not None)
    if not dated and "<" not in first and "@" not in first and words.wrote_at(first) < 0:
        return None
    joined = ""
    last = start + (_MOST_BROKEN if dated else _MOST_BROKEN_UNDATED)
    for number in range(start, min(len(lines), last)):
        if number > start and not _goes_on(joined, lines[number], kinds[number], begun, words):
            return None
        joined = f"{joined} {lines[number].strip()}".strip()
        if len(joined) > LONGEST:
            return None
        following = kinds[number + 1 : number + 5].replace(EMPTY, "")[:1]
        if _attributes(joined, dated, following == QUOTE, words):
            return Mark(start=start, end=number + 1, copied=False)
    return None


def _goes_on(joined: str, line: str, kind: str, begun: bool, words: QuotingWords) -> bool:
    """Whether the next line can belong to a broken attribution and does not begin one of its own."""
    open_bracket = joined.count("<") > joined.count(">")
    if kind == EMPTY:
        return open_bracket or (begun and _DATE.search(joined) is not None)
    if kind == QUOTE or open_bracket:
        return open_bracket
    if words.begins(line) and not joined.endswith(","):
        return False
    return not (_SENTENCE_END.search(joined) and line[:1].isupper())


def _attributes(line: str, dated: bool, quoted: bool, words: QuotingWords) -> bool:
    """Whether a whole line says who wrote what follows and when; `quoted` where a quote follows."""
    wrote = words.wrote_at(line)
    colon = _COLON_LAST.search(line) is not None
    if not colon and not (wrote >= 0 and (_BETWEEN_DASHES.fullmatch(line) or wrote == len(line))):
        return False
    date, address = _DATE.search(line) is not None, _ADDRESS.search(line) is not None
    if wrote < 0:
        return date and address and _ADDRESS_LAST.search(line) is not None
    if not colon:
        return date and address
    return address or (dated and (date or quoted)) or (quoted and len(line.split()) <= _FEW_WORDS)
