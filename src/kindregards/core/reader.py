"""The built-in reader: linear heads over character and word n-grams, and our lexicon of what is asked.

Kind and turn are read from the last message and the state of the conversation, the ask from all that the
correspondent wrote, for a reminder rarely names the thing again. Published comparisons and our own are in
docs/quality.md. Nothing of the text itself comes out: labels, probabilities and phrases of the lexicon only.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.linear import Heads

_WORD = re.compile(r"[^\W_]+(?:[-'.+#][^\W_]+)*[+#]*")
#: Languages written without blanks: phrases are looked for anywhere in the text.
_UNSPACED = ("zh", "ja")
_MOST_TOPICS = 3
#: A language this likely needs no second look; so many characters tell it; a subject this much shorter than the text
#: sways nothing.
_SURE, _ENOUGH, _SHARE = 0.9, 800, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A word or phrase that may name what is asked: as it is written, whether it was listed by hand, and for what."""

    written: str
    listed: bool
    asks: Mapping[Ask, float]  #: how surely it speaks of each ask, 0 to 1


class Lexicon:
    """Phrases that name what is asked, by language, and the fitted weights by which one is chosen."""

    def __init__(
        self, phrases: Mapping[str, Mapping[str, Phrase]], *, weights: Sequence[float], bias: float, least: float
    ) -> None:
        """Take language -> folded phrase -> phrase, a weight for each feature of `naming`, and the least score.

        A phrase that scores below `least` (log-odds) is not named at all.
        """
        self._phrases = phrases
        self._weights, self._bias, self._least = tuple(weights), bias, least
        self._starts: dict[str, dict[str, list[str]]] = {}

    def find(self, subject: str, text: str, language: str, asks: Mapping[Ask, float]) -> tuple[str, ...]:
        """The phrases of a message that name best what is asked, at most `_MOST_TOPICS`."""
        known = self._phrases.get(language, {})
        heading = fold_phrase(subject)
        scored = ((self._score(key, heading, known[key], asks), key) for key in self.standing(text, language))
        kept: list[str] = []
        for score, phrase in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
            if score < self._least or len(kept) == _MOST_TOPICS:
                break
            if not any(phrase in other or other in phrase for other in kept):
                kept.append(phrase)
        return tuple(known[phrase].written for phrase in kept)

    def standing(self, text: str, language: str) -> list[str]:
        """The folded phrases of a language that stand in a text."""
        text, end = text.casefold(), "" if language in _UNSPACED else " "
        signs = list(text) if language in _UNSPACED else _WORD.findall(text.replace("’", "'"))
        folded = end.join(signs) + end
        starts, found, place = self._starting(language), dict[str, None](), 0
        for sign in signs:
            for phrase in starts.get(sign, ()):
                if folded.startswith(phrase + end, place):
                    found[phrase] = None
            place += len(sign) + len(end)
        return list(found)

    def _starting(self, language: str) -> dict[str, list[str]]:
        """The phrases of a language by their first word, or by their first sign where no blanks part words."""
        starts = self._starts.get(language)
        if starts is None:
            starts = self._starts[language] = {}
            for phrase in self._phrases.get(language, {}):
                first = phrase[:1] if language in _UNSPACED else phrase.partition(" ")[0]
                starts.setdefault(first, []).append(phrase)
        return starts

    def _score(self, key: str, heading: str, phrase: Phrase, asks: Mapping[Ask, float]) -> float:
        """How well a phrase names what is asked (log-odds)."""
        return sum(map(mul, self._weights, naming(key, heading, phrase, asks)), self._bias)


def naming(key: str, heading: str, phrase: Phrase, asks: Mapping[Ask, float]) -> tuple[float, ...]:
    """The features by which a phrase is chosen; `make model` fits the weights on the same ones."""
    fit = sum(asks.get(ask, 0.0) * value for ask, value in phrase.asks.items())
    return (
        math.log(fit + 0.005),
        max(phrase.asks.values()),
        len(key) / 10,
        float(key in heading),
        float(phrase.listed),
        float(key.count(" ")),
    )


def fold_phrase(phrase: str) -> str:
    """A phrase of the lexicon as it is compared: lower case, its words joined by single blanks."""
    return " ".join(_WORD.findall(phrase.casefold().replace("’", "'")))


def likeliest(kinds: Mapping[Kind, float]) -> Kind:
    """The kind to go by: first whether a person asks something at all, then which of those kinds it is.

    A message that is a solicitation only more likely than it is each of several other things is none: what may be
    real correspondence is left alone.
    """
    personal = sum(value for kind, value in kinds.items() if kind.personal) > 0.5
    return max((kind for kind in kinds if kind.personal is personal), key=lambda kind: kinds[kind])


def marks(channel: str, before: Before) -> tuple[str, ...]:
    """The state of a conversation as facts beside the text."""
    return (
        f"channel={channel}",
        f"earlier={int(bool(before.incoming))}",
        f"answered={int(before.answered)}",
    )


class LinearReader:
    """Reads one message with the built-in model."""

    def __init__(self, heads: Heads, lexicon: Lexicon) -> None:
        """Take the model's heads (`kind`, `turn`, `language`, `ask`) and the lexicon."""
        self._heads = heads
        self._lexicon = lexicon
        self._kinds = tuple(map(Kind, heads.heads["kind"].labels))
        self._turns = tuple(map(Turn, heads.heads["turn"].labels))
        self._asks = tuple(map(Ask, heads.heads["ask"].labels))

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Read one message in the light of what passed before."""
        whole = f"{subject}\n{text}"
        language = self.language(subject, text)
        last = self._heads.known(whole, language, marks(channel, before))
        found = self._heads.probabilities(last, ("kind", "turn"))
        thread = "\n".join((subject, *before.incoming, text)) if before.incoming else whole
        found |= self._heads.probabilities(self._heads.known(thread, language), ("ask",))
        kinds = dict(zip(self._kinds, found["kind"].tolist(), strict=True))
        turns = dict(zip(self._turns, found["turn"].tolist(), strict=True))
        asks = dict(zip(self._asks, found["ask"].tolist(), strict=True))
        kind = likeliest(kinds)
        ask = max(asks, key=lambda label: asks[label]) if kind.personal else None
        return Intent(
            kind=kind,
            ask=ask,
            turn=max(turns, key=lambda label: turns[label]) if kind.personal else Turn.OTHER,
            language=language,
            topic=self._lexicon.find(subject, thread, language, asks) if ask else (),
            kinds=kinds,
            asks=asks,
            turns=turns,
        )

    def language(self, subject: str, text: str) -> str:
        """The language of a message."""
        values = self._heads.probabilities(self._heads.known(f"{subject}\n{text}"), ("language",))["language"]
        if (
            subject and 40 < len(text) < _SHARE * len(subject) and values.max() < _SURE
        ):  # subjects are often kept in another language
            values = self._heads.probabilities(self._heads.known(text[:_ENOUGH]), ("language",))["language"]
        return self._heads.heads["language"].labels[int(values.argmax())]
