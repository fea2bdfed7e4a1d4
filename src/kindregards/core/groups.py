"""Groups, associations and public places where somebody may turn instead, and how they are ranked for a need.

A group is never a person, and ranking takes nothing of the owner's: which groups are named cannot depend on whom the
owner knows. Filters come first (the ask, the asker's country), then words and language decide. Reading files is the
caller's.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kindregards.core.intent import Ask

_WORD = re.compile(r"[^\W_]{2,}")
#: Scripts in which a word stands between others without a blank, or with endings that change it.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: From this length on a word of another alphabet may have endings.
_STEM = 5
#: Languages that most people who ask in another one can read.
_COMMON = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A public place: its own name, home page, what it is for (one sentence, English), the asks it serves.

    `asks` are values of `Ask`; `topics` words and phrases in any language; `languages` BCP 47 tags it works in,
    `countries` ISO 3166-1 alpha-2 codes it serves, empty for everywhere; `checked` the day somebody last looked (ISO).
    """

    name: str
    url: str
    purpose: str
    asks: tuple[str, ...]
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    checked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where to turn instead, as it stands in a reply."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Who asks for what: the ask, the words they use, their language and the countries they may live in."""

    ask: Ask
    text: str
    language: str
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries:
    """Where somebody may live: by the last label of a mail domain, else by language."""

    by_domain: Mapping[str, str]
    by_language: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, text: str) -> "Countries":
        """Make it of the text of countries.toml."""
        table = tomllib.loads(text)
        return cls(
            by_domain=table["domains"],
            by_language={language: frozenset(codes) for language, codes in table["languages"].items()},
        )

    def of(self, domain: str, language: str) -> frozenset[str]:
        """Countries by the top-level domain where it names one, else those where the language is at home."""
        code = self.by_domain.get(domain.rpartition(".")[2])
        return frozenset({code}) if code else self.by_language.get(language, frozenset())


def read(lines: str) -> tuple[Group, ...]:
    """Make groups of JSON Lines, one object a line (docs/groups.md)."""
    return tuple(_group(json.loads(line)) for line in lines.splitlines() if line.strip())


def _group(row: Mapping[str, object]) -> Group:
    lists = {key: tuple(map(str, _list(row.get(key)))) for key in ("asks", "topics", "languages", "countries")}
    return Group(
        name=str(row["name"]),
        url=str(row["url"]),
        purpose=str(row.get("purpose", "")),
        checked=str(row.get("checked", "")),
        **lists,
    )


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def rank(need: Need, groups: Sequence[Group], most: int = 2) -> tuple[Pointer, ...]:
    """The groups that fit a need best, at most `most`; none where no group serves the ask in the asker's country."""
    words = set(_WORD.findall(need.text.casefold()))
    scored = [(score, group) for group in groups if (score := _score(need, group, words)) > 0]
    scored.sort(key=lambda pair: (-pair[0], pair[1].name))
    return tuple(Pointer(name=group.name, url=group.url) for _, group in scored[:most])


def _score(need: Need, group: Group, words: set[str]) -> float:
    """How well one group fits: 0 where it cannot."""
    if need.ask.value not in group.asks:
        return 0.0
    if group.countries and not need.countries & set(group.countries):
        return 0.0
    text = need.text.casefold()
    named = sum(_stands(topic.casefold(), text, words) for topic in group.topics)
    score = 1.0 + 2.0 * min(named, 3)
    if need.language in group.languages:
        score += 1.5
    elif group.languages and _COMMON not in group.languages:
        score -= 0.9
    if group.countries:
        score += 0.5 / len(group.countries) ** 0.5
    return score / (1.0 + 0.05 * len(group.asks))


def _stands(topic: str, text: str, words: set[str]) -> bool:
    """Whether a topic stands in a text: a phrase anywhere, a word as a word, a longer foreign one with endings."""
    if not topic.isalnum() or _UNSPACED.search(topic):
        return topic in text
    if topic in words or topic.isascii() or len(topic) < _STEM:
        return topic in words
    return any(word.startswith(topic) for word in words)
