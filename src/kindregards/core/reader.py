"""The built-in reader: linear heads over character and word n-grams, and our lexicon of what is asked.

Kind and turn are read from the last message and the state of the conversation, the ask from all that the
correspondent wrote, for a reminder rarely names the thing again. Published comparisons and our own are in
docs/quality.md. Nothing of the text itself comes out: labels, probabilities and phrases of the lexicon only.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.linear import Heads, Vector

_WORD = re.compile(r"[^\W_]+(?:[-'.+#][^\W_]+)*[+#]*")
#: Languages written without blanks: phrases are looked for anywhere in the text.
_UNSPACED = ("zh", "ja")
_LONGEST_PHRASE = 5
_MOST_TOPICS = 3
#: A language this likely needs no second look; so many characters tell it.
_SURE, _ENOUGH = 0.98, 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A word or phrase that may name what is asked: as it is written, whether it was listed by hand, and for what."""

    written: str
    listed: bool
    asks: Mapping[Ask, float]  #: how surely it speaks of each ask, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Phrases that name what is asked, language -> folded phrase, and the fitted weights by which one is chosen.

    `weights`: of the log of the fit to the ask, the phrase's surest ask, its length, standing in the subject, being
    listed, each further word; `bias`; a phrase that scores below `least` is not named at all.
    """

    phrases: Mapping[str, Mapping[str, Phrase]]
    weights: tuple[float, ...]
    bias: float
    least: float

    def find(self, subject: str, text: str, language: str, asks: Mapping[Ask, float]) -> tuple[str, ...]:
        """The phrases of a message that name best what is asked, at most `_MOST_TOPICS`."""
        known = self.phrases.get(language, {})
        found = self._anywhere(text, known) if language in _UNSPACED else self._by_word(text, known)
        heading = fold_phrase(subject)
        scored = [(self.score(phrase, heading, known[phrase], asks), phrase) for phrase in found]
        scored = sorted((pair for pair in scored if pair[0] >= self.least), key=lambda pair: (-pair[0], pair[1]))
        kept: list[str] = []
        for _, phrase in scored:
            if not any(phrase in other or other in phrase for other in kept):
                kept.append(phrase)
        return tuple(known[phrase].written for phrase in kept[:_MOST_TOPICS])

    def score(self, key: str, heading: str, phrase: Phrase, asks: Mapping[Ask, float]) -> float:
        """How well a phrase names what is asked (log-odds)."""
        return self.bias + sum(w * f for w, f in zip(self.weights, naming(key, heading, phrase, asks), strict=True))

    @staticmethod
    def _anywhere(text: str, known: Mapping[str, Phrase]) -> list[str]:
        folded = text.casefold()
        return [phrase for phrase in known if phrase in folded]

    @staticmethod
    def _by_word(text: str, known: Mapping[str, Phrase]) -> list[str]:
        words = _WORD.findall(text.casefold().replace("’", "'"))
        found: dict[str, None] = {}
        for start in range(len(words)):
            phrase = ""
            for word in words[start : start + _LONGEST_PHRASE]:
                phrase = f"{phrase} {word}" if phrase else word
                if phrase in known:
                    found[phrase] = None
        return list(found)


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

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Read one message in the light of what passed before."""
        whole = f"{subject}\n{text}"
        language = self.language(subject, text)
        last = self._heads.known(whole, language, marks(channel, before))
        found = self._heads.probabilities(last, ("kind", "turn"))
        thread = "\n".join((subject, *before.incoming, text)) if before.incoming else whole
        found |= self._heads.probabilities(self._heads.known(thread, language), ("ask",))
        kinds = {Kind(label): value for label, value in self._labelled("kind", found["kind"])}
        turns = {Turn(label): value for label, value in self._labelled("turn", found["turn"])}
        asks = {Ask(label): value for label, value in self._labelled("ask", found["ask"])}
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

    def _labelled(self, name: str, values: Vector) -> list[tuple[str, float]]:
        return [(label, float(value)) for label, value in zip(self._heads.heads[name].labels, values, strict=True)]

    def language(self, subject: str, text: str) -> str:
        """The language of a message."""
        values = self._heads.probabilities(self._heads.known(f"{subject}\n{text}"), ("language",))["language"]
        if subject and len(text) > 40 and values.max() < _SURE:  # subjects are often kept in another language
            values = self._heads.probabilities(self._heads.known(text[:_ENOUGH]), ("language",))["language"]
        return self._heads.heads["language"].labels[int(values.argmax())]
