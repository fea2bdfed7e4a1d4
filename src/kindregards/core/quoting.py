"""The new text of a mail: without quoted replies, copied headers and signature (RFC 3676 §4.3 for "-- ").

Each line gets a kind, then one decision is made about the lines: is the answer above the older mail, below it, or in
between? Words come from `data/quoting.toml`, all languages at once, because people answer in one language with a
program in another. Greetings and names stay: they belong to what somebody wrote. Text between quotes stays with them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_MOST_LINES = 20_000
#: A line of attribution is no longer than this, and broken into no more lines.
_LONGEST_ATTRIBUTION = 400
_MOST_BROKEN = 6
#: So many lines under a quote are an answer under a quote; fewer are a signature.
_ANSWER_LINES = 7
#: A block under a line of dashes is a signature only if it is no larger than this.
_SIGNATURE_LINES, _SIGNATURE_WIDTH = 10, 80
_HEADER_LINES = 14
#: A quoted line this long may have been broken by a program on the way.
_BROKEN_OFF = 60

TEXT, EMPTY, QUOTE, RULE, DASHES, SIGN = "t", "e", "q", "r", "d", "s"

_QUOTE = re.compile(r"\s*>(?!From )")
_DASHES = re.compile(r"\s*(?:--|—|––)\s*")
_RULE = re.compile(r"[\s\u1427]*(?:[-–—_=*#~+•·.]{3,}|[=*#~+_]{2,}|\u1427)[\s\u1427]*")
_TITLED_RULE = re.compile(r"\s*[-–—_=*~]{3,}\s*\S.{0,60}\s*[-–—_=*~]{3,}\s*")
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.hH]\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d))")
_DATE_FIRST = re.compile(r"\W*(?:[^\W\d]{1,12}[.,،]*\s+){0,2}\d{1,4}(?:[.,:/年\-\s]|$)")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|<[^<>\s]+@[^<>]+>|&lt;|mailto:")
_ADDRESS_LAST = re.compile(r"(?:>|&gt;|\)|\])\s*[:：]$")
_COLON_LAST = re.compile(r"[:：][\s*_>]*$")
_ZOHO = re.compile(r"^\s*-{3,}.*-{3,}\s*$")
_SENTENCE_END = re.compile(r"[.!?…]\s*$")
_LINK = re.compile(r"\s*(?:<?https?://\S+>?|\[https?://[^\]]*\]|<[^<>]*>)\s*")
_ORNAMENT = " \t\xa0*_[]()<>|•·-–—"
_CJK = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotingWords:
    """What mail programs write around older mails, in all languages, compiled once."""

    begin: re.Pattern[str]  #: how an attribution begins where no date does
    wrote: re.Pattern[str]  #: what stands in it
    field: re.Pattern[str]  #: a line of a copied header; group 1 is its name
    roles: Mapping[str, str]  #: its name, folded -> from, sent, to or subject
    mark: re.Pattern[str]  #: a line above an older mail
    sign: re.Pattern[str]  #: how a line begins or ends that a device signs with
    device: re.Pattern[str]

    @classmethod
    def load(cls, text_of_toml: str) -> "QuotingWords":
        """Compile the word lists of `data/quoting.toml`; tomllib.TOMLDecodeError where it is no TOML."""
        tables: dict[str, dict[str, list[str]]] = tomllib.loads(text_of_toml)
        words = {
            key: sorted({word for table in tables.values() for word in table.get(key, ())}, key=len, reverse=True)
            for key in ("begin", "wrote", "from", "sent", "to", "subject", "marks", "signs", "devices")
        }
        roles: dict[str, str] = {}
        for role in ("subject", "sent", "to", "from"):
            roles |= {word.casefold(): role for word in words[role]}
        marks, signs = _any(words["marks"]), _any(words["signs"])
        fields = _any(sorted(roles, key=len, reverse=True))
        ruled = rf"[\s*]*[-–—_=*~#]{{2,}}\s*(?:{marks})[^\n]{{0,80}}|[\s*]*(?:{marks})(?:[^\n:：]{{0,40}})[:：][\s*]*"
        return cls(
            begin=re.compile(rf"[\s*_\-]*(?:{_any(words['begin'])})", re.IGNORECASE),
            wrote=re.compile(_any(words["wrote"]), re.IGNORECASE),
            field=re.compile(rf"[\s>*_|]{{0,20}}({fields})[ \t\xa0*_]*[:：]", re.IGNORECASE),
            roles=roles,
            mark=re.compile(ruled, re.IGNORECASE),
            sign=re.compile(rf"({signs})|.*(?:{signs})[.。]?$", re.IGNORECASE),
            device=re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, words['devices']))})", re.IGNORECASE),
        )


def _any(words: Iterable[str]) -> str:
    """An alternation of phrases, each as a whole word where its script has spaces between words."""
    return "|".join(map(_whole, words)) or r"(?!)"


def _whole(phrase: str) -> str:
    pattern = r"\s+".join(map(re.escape, phrase.split()))
    before = "" if _CJK.match(phrase[0]) or not phrase[0].isalnum() else r"(?<!\w)"
    after = "" if _CJK.match(phrase[-1]) or not phrase[-1].isalnum() else r"(?!\w)"
    return before + pattern + after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Lines from `start` to before `end` that stand above an older mail; `copied` for a copied header."""

    start: int
    end: int
    copied: bool


def new_text(body: str, words: QuotingWords) -> str:
    """Find what somebody newly wrote in a mail; the whole of a forwarded mail where nothing was added; never raises."""
    lines = body.split("\n")[:_MOST_LINES]
    while lines:
        kinds = _kinds(lines, words)
        mark = next(_marks(lines, kinds, words), None)
        if mark is None or TEXT in kinds[: mark.start]:
            break
        lines = _below(lines, kinds, mark)
    else:
        return ""
    kept = _without_signature(_above(lines, kinds, mark, words), words)
    kept = _without_last_quote(kept, [_kind(line, words) for line in kept])
    return "\n".join(kept).strip("\n").rstrip()


def _kinds(lines: list[str], words: QuotingWords) -> list[str]:
    """The kind of every line; the end of a quoted line that a program broke off counts as quoted."""
    kinds = [_kind(line, words) for line in lines]
    for number in range(1, len(lines) - 1):
        before = lines[number - 1]
        if kinds[number] == TEXT and kinds[number - 1] == kinds[number + 1] == QUOTE and len(before) >= _BROKEN_OFF:
            ended = _SENTENCE_END.search(before) or before.rstrip().endswith(":")
            kinds[number] = TEXT if ended and not lines[number][0].islower() else QUOTE
    return kinds


def _kind(line: str, words: QuotingWords) -> str:
    if not line or line.isspace():
        return EMPTY
    if _QUOTE.match(line):
        return QUOTE
    if _DASHES.fullmatch(line):
        return DASHES
    if _RULE.fullmatch(line):
        return RULE
    return SIGN if len(line) < 160 and _signed_by_device(line, words) else TEXT


def _signed_by_device(line: str, words: QuotingWords) -> bool:
    """Whether a line is one that a telephone or a mail program adds."""
    bare = _LINK.sub(" ", line).strip(_ORNAMENT)
    sign = words.sign.match(bare)
    if sign is None or "," in bare or "?" in bare or len(bare) > 90 or len(bare.split()) > 12:
        return False
    if words.device.search(bare):
        return True
    # "Sent from my Anything 5G": nothing but names, after a phrase of several words.
    rest = bare[sign.end(1) :].split() if sign[1] and " " in sign[1] else []
    if len(rest) > 1 and len(rest[0]) <= 4:
        rest.pop(0)
    return 1 <= len(rest) <= 4 and all(word.isalnum() and not word[0].islower() for word in rest)


def _below(lines: list[str], kinds: list[str], mark: _Mark) -> list[str]:
    """What stands under a mark with nothing above it: a forwarded mail, or an answer under the quote."""
    rest, below = lines[mark.end :], kinds[mark.end :]
    first = next((number for number, kind in enumerate(below) if kind != EMPTY), len(below))
    if mark.copied or below[first : first + 1] != [QUOTE]:
        return rest
    end = next((number for number in range(first, len(below)) if below[number] not in (QUOTE, EMPTY)), len(below))
    return rest[end:]


def _above(lines: list[str], kinds: list[str], mark: _Mark | None, words: QuotingWords) -> list[str]:
    """What stands above the first mark; or all but the marks where the answer is in between or under the quotes."""
    if mark is None:
        return _without_last_quote(lines, kinds)
    below = kinds[mark.end :]
    if mark.copied or not _answered_inside(below):
        return _without_last_quote(lines[: mark.start], kinds[: mark.start])
    marked = {number for one in _marks(lines, kinds, words) for number in range(one.start, one.end)}
    left = [number for number in range(len(lines)) if number not in marked]
    return _without_last_quote([lines[number] for number in left], [kinds[number] for number in left])


def _answered_inside(below: list[str]) -> bool:
    """Whether text between quotes, or enough of it under them, is an answer to them."""
    first = next((number for number, kind in enumerate(below) if kind != EMPTY), len(below))
    if QUOTE not in below or below[first] != QUOTE:
        return False
    last = len(below) - 1 - below[::-1].index(QUOTE)
    if TEXT in below[:last]:
        return True
    after = below[last:]
    until = next((number for number, kind in enumerate(after) if kind == DASHES), len(after))
    return after[:until].count(TEXT) >= _ANSWER_LINES


def _without_last_quote(lines: list[str], kinds: list[str]) -> list[str]:
    """Drop quotes and rules at the end, and everything where nothing but quotes is left."""
    end = len(lines)
    while end and kinds[end - 1] in (EMPTY, QUOTE, RULE):
        end -= 1
    return lines[:end]


def _without_signature(lines: list[str], words: QuotingWords) -> list[str]:
    """Drop a signature under dashes, what a device signed, and rules at the end."""
    kinds = [_kind(line, words) for line in lines]
    for number, kind in enumerate(kinds):
        if kind not in (DASHES, RULE) or TEXT not in kinds[:number]:
            continue
        if kind == DASHES or _like_signature(lines[number + 1 :], kinds[number + 1 :]):
            lines, kinds = lines[:number], kinds[:number]
            break
    kept = [(line, kind) for line, kind in zip(lines, kinds, strict=True) if kind != SIGN]
    while kept and kept[-1][1] in (EMPTY, RULE, DASHES):
        kept.pop()
    return [line for line, _ in kept]


def _like_signature(lines: list[str], kinds: list[str]) -> bool:
    """Whether a block is short lines without sentences; true of nothing at all."""
    text = [line.strip() for line, kind in zip(lines, kinds, strict=True) if kind == TEXT]
    return len(text) <= _SIGNATURE_LINES and all(
        len(line) <= _SIGNATURE_WIDTH and not (_SENTENCE_END.search(line) and len(line.split()) > 4) for line in text
    )


def _marks(lines: list[str], kinds: list[str], words: QuotingWords) -> Iterator[_Mark]:
    """Yield the places above older mails in order, without overlap."""
    number = 0
    while number < len(lines):
        mark = None
        if kinds[number] in (TEXT, RULE):
            mark = _copied_header(lines, kinds, number, words) or _attribution(lines, kinds, number, words)
        if mark is None:
            number += 1
        else:
            yield mark
            number = mark.end


def _copied_header(lines: list[str], kinds: list[str], start: int, words: QuotingWords) -> _Mark | None:
    """A copied header at this line, with the line of dashes or words above it."""
    line = lines[start]
    if len(line) > _LONGEST_ATTRIBUTION:
        return None
    if words.mark.fullmatch(line):
        return _Mark(start=start, end=_fields_end(lines, kinds, start + 1, words)[0], copied=True)
    begin = start
    if kinds[start] == RULE or _TITLED_RULE.fullmatch(line):
        begin = next((n for n in range(start + 1, min(len(lines), start + 4)) if kinds[n] != EMPTY), start)
    if words.field.match(lines[begin][:_LONGEST_ATTRIBUTION]) is None:
        return None
    end, roles, addressed = _fields_end(lines, kinds, begin, words)
    enough = "from" in roles and (len(roles) >= 3 or (len(roles) == 2 and addressed and begin > start))
    return _Mark(start=start, end=end, copied=True) if enough and (addressed or "subject" in roles) else None


def _fields_end(lines: list[str], kinds: list[str], start: int, words: QuotingWords) -> tuple[int, set[str], bool]:
    """Where a copied header ends, what fields it has, and whether an address stands in it."""
    roles: set[str] = set()
    end, empty, addressed = start, 0, False
    for number in range(start, min(len(lines), start + _HEADER_LINES)):
        line = lines[number][:_LONGEST_ATTRIBUTION]
        found = words.field.match(line)
        if kinds[number] == EMPTY:
            empty += 1
            if empty > 1 and roles:
                break
        elif found:
            role = words.roles.get(" ".join(found[1].casefold().split()), "to")
            roles.add(role)
            addressed = addressed or _ADDRESS.search(line) is not None
            end, empty = number + 1, 0
        elif empty or not roles or kinds[number] == QUOTE:
            break
        else:  # a long subject or a list of recipients goes on
            end = number + 1
    return end, roles, addressed


def _attribution(lines: list[str], kinds: list[str], start: int, words: QuotingWords) -> _Mark | None:
    """A line such as "On <date>, <name> wrote:" that begins here, also where it is broken into several."""
    first = lines[start]
    if len(first) > _LONGEST_ATTRIBUTION:
        return None
    begun = _begun(first, words)
    dated = begun or (_DATE_FIRST.match(first) and _DATE.search(first[:60])) is not None
    if not dated and "<" not in first and "@" not in first and not words.wrote.search(first):
        return None
    joined = ""
    for number in range(start, min(len(lines), start + (_MOST_BROKEN if dated else 3))):
        if number > start and not _goes_on(joined, lines[number], kinds[number], begun, words):
            return None
        joined = f"{joined} {lines[number].strip()}".strip()
        if len(joined) > _LONGEST_ATTRIBUTION:
            return None
        if _attributes(joined, dated, _next_kind(kinds, number + 1), words):
            return _Mark(start=start, end=number + 1, copied=False)
    return None


def _begun(line: str, words: QuotingWords) -> bool:
    return words.begin.match(line) is not None and re.search(r"\d", line[:80]) is not None


def _goes_on(joined: str, line: str, kind: str, begun: bool, words: QuotingWords) -> bool:
    """Whether the next line can belong to a broken attribution and does not begin one of its own."""
    open_bracket = joined.count("<") > joined.count(">")
    if kind == EMPTY:
        return open_bracket or (begun and _DATE.search(joined) is not None)
    if kind == QUOTE or open_bracket:
        return open_bracket
    if _begun(line, words) and not joined.endswith(","):
        return False
    return not (_SENTENCE_END.search(joined) and line[:1].isupper())


def _next_kind(kinds: list[str], start: int) -> str:
    return next((kind for kind in kinds[start : start + 4] if kind != EMPTY), "")


def _attributes(line: str, dated: bool, following: str, words: QuotingWords) -> bool:
    """Whether a whole line says who wrote what follows and when."""
    wrote = words.wrote.search(line)
    colon = _COLON_LAST.search(line) is not None
    if not colon and not (wrote and (_ZOHO.match(line) or wrote.end() == len(line))):
        return False
    date, address = _DATE.search(line) is not None, _ADDRESS.search(line) is not None
    if wrote and not colon:
        return date and address
    if wrote:
        return address or (dated and (date or following == QUOTE)) or (following == QUOTE and len(line.split()) <= 8)
    return date and address and _ADDRESS_LAST.search(line) is not None
