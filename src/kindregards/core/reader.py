"""The built-in reader: linear heads over character and word n-grams, and our lexicon of what is asked.

Kind and turn are read from the last message and the state of the conversation, the ask from all that the
correspondent wrote, for a reminder rarely names the thing again. Published comparisons and our own are in
docs/quality.md. Nothing of the text itself comes out: labels, probabilities and phrases of the lexicon only.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.linear import Heads

_WORD = re.compile(r"[^\W_]+(?:[-'.+#][^\W_]+)*[+#]*")
#: From here on a message is read as a solicitation; solicitations are missed and other mail is taken for one about
#: equally often, on owners whom the model did not see.
_PERSONAL = 0.4
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
    telling: float = 0.1  #: share of the messages with it that it names (keyphraseness), 0 to 1


class Lexicon:
    """Phrases that name what is asked, by language, and the fitted weights by which one is chosen."""

    def __init__(
        self,
        phrases: Mapping[str, Mapping[str, Phrase]],
        *,
        weights: Sequence[float],
        products: Sequence[Sequence[float]],
        bias: float,
        least: float,
    ) -> None:
        """Take language -> folded phrase -> phrase, how to weigh the features of `naming`, and the least score.

        `weights` holds one for each feature, `products` one for each pair (features x features). A phrase that scores
        below `least` (log-odds) is not named at all.
        """
        self._phrases = phrases
        self._weights = np.array(weights, dtype=np.float32)
        self._products = np.array(products, dtype=np.float32)
        self._bias, self._least = bias, least
        self._shelves: dict[str, _Shelf] = {}

    def find(self, subject: str, text: str, language: str, asks: Mapping[Ask, float]) -> tuple[str, ...]:
        """The phrases of a message that name best what is asked, at most `_MOST_TOPICS`."""
        known = self._phrases.get(language, {})
        found = self.standing(text, language)
        if not found:
            return ()
        heading = fold_phrase(subject)
        features = np.array([naming(key, heading, known[key], asks) for key in found], dtype=np.float32)
        scores = features @ self._weights + ((features @ self._products) * features).sum(1) + self._bias
        kept: list[str] = []
        for score, phrase in sorted(zip(scores.tolist(), found, strict=True), key=lambda pair: (-pair[0], pair[1])):
            if score < self._least or len(kept) == _MOST_TOPICS:
                break
            if not any(phrase in other or other in phrase for other in kept):
                kept.append(phrase)
        return tuple(known[phrase].written for phrase in kept)

    def standing(self, text: str, language: str) -> list[str]:
        """The folded phrases of a language that stand in a text."""
        text = text.casefold()
        shelf = self._shelf(language)
        if language in _UNSPACED:
            return shelf.in_signs(text)
        return shelf.in_words(_WORD.findall(text.replace("’", "'")))

    def _shelf(self, language: str) -> "_Shelf":
        shelf = self._shelves.get(language)
        if shelf is None:
            shelf = self._shelves[language] = _Shelf(self._phrases.get(language, {}), signs=language in _UNSPACED)
        return shelf


class _Shelf:
    """The phrases of one language by how they begin: those of one word, and longer ones by their first and second.

    Where no blanks part words (`signs`), a sign stands for a word.
    """

    __slots__ = ("long", "short")

    def __init__(self, phrases: Iterable[str], *, signs: bool) -> None:
        self.short: set[str] = set()
        self.long: dict[str, dict[str, list[tuple[str, list[str]]]]] = {}
        for phrase in phrases:
            first, *rest = list(phrase) if signs else phrase.split(" ")
            if rest:
                self.long.setdefault(first, {}).setdefault(rest[0], []).append((phrase, rest))
            else:
                self.short.add(phrase)

    def in_words(self, words: Sequence[str]) -> list[str]:
        """The phrases that stand in a text of these words."""
        found: dict[str, None] = {}
        for at, word in enumerate(words, 1):
            if word in self.short:
                found[word] = None
            longer = self.long.get(word)
            if longer and at < len(words):
                for phrase, rest in longer.get(words[at], ()):
                    if words[at : at + len(rest)] == rest:
                        found[phrase] = None
        return list(found)

    def in_signs(self, text: str) -> list[str]:
        """The phrases that stand anywhere in a text."""
        found: dict[str, None] = {}
        for at, (sign, following) in enumerate(zip(text, f"{text[1:]} ", strict=True)):
            if sign in self.short:
                found[sign] = None
            longer = self.long.get(sign)
            if longer:
                for phrase, _ in longer.get(following, ()):
                    if text.startswith(phrase, at):
                        found[phrase] = None
        return list(found)


def naming(key: str, heading: str, phrase: Phrase, asks: Mapping[Ask, float]) -> tuple[float, ...]:
    """The features by which a phrase is chosen; `make model` fits the weights on the same ones."""
    fit = 0.005
    for ask, value in phrase.asks.items():
        fit += asks.get(ask, 0.0) * value
    return (
        math.log(fit),
        max(phrase.asks.values()),
        len(key) / 10,
        float(key in heading),
        float(phrase.listed),
        float(key.count(" ")),
        math.log(phrase.telling + 0.01),
    )


def fold_phrase(phrase: str) -> str:
    """A phrase of the lexicon as it is compared: lower case, its words joined by single blanks."""
    return " ".join(_WORD.findall(phrase.casefold().replace("’", "'")))


def likeliest(kinds: Mapping[Kind, float]) -> Kind:
    """The kind to go by: first whether a person asks something at all, then which of those kinds it is.

    What may well be a solicitation is read as one; whether it is surely enough one to be answered is the desk's to say.
    """
    personal = sum(value for kind, value in kinds.items() if kind.personal) > _PERSONAL
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
        told_by_subject = subject and 40 < len(text) < _SHARE * len(subject)
        if told_by_subject and values.max() < _SURE:  # subjects are often kept in another language
            values = self._heads.probabilities(self._heads.known(text[:_ENOUGH]), ("language",))["language"]
        return self._heads.heads["language"].labels[int(values.argmax())]
