"""The built-in reader: linear heads over character and word n-grams, and our lexicon of what is asked.

Kind and turn are read from the last message and the state of the conversation, the ask from all that the
correspondent wrote, for a reminder rarely names the thing again. Published comparisons and our own are in
docs/quality.md. Nothing of the text itself comes out: labels, probabilities and phrases of the lexicon only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.linear import Heads, Vector

_WORD = re.compile(r"[^\W_]+(?:[-'’.+#][^\W_]+)*[+#]*")
#: Languages written without blanks: phrases are looked for anywhere in the text.
_UNSPACED = ("zh", "ja")
_LONGEST_PHRASE = 6
_MOST_TOPICS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Phrases that name what is asked: language -> folded phrase -> (the phrase as written, its asks)."""

    phrases: Mapping[str, Mapping[str, tuple[str, frozenset[str]]]]

    def find(self, text: str, language: str, ask: Ask | None) -> tuple[str, ...]:
        """The phrases of a language that stand in a text, those of this ask first, then the longest."""
        known = self.phrases.get(language, {})
        if not known or ask is None:
            return ()
        found = self._anywhere(text, known) if language in _UNSPACED else self._by_word(text, known)
        mine = [phrase for phrase in found if ask.value in known[phrase][1]]
        mine.sort(key=lambda phrase: (-len(phrase), phrase))
        kept: list[str] = []
        for phrase in mine:
            if not any(phrase in longer for longer in kept):
                kept.append(phrase)
        return tuple(known[phrase][0] for phrase in kept[:_MOST_TOPICS])

    @staticmethod
    def _anywhere(text: str, known: Mapping[str, tuple[str, frozenset[str]]]) -> list[str]:
        folded = text.casefold()
        return [phrase for phrase in known if phrase in folded]

    @staticmethod
    def _by_word(text: str, known: Mapping[str, tuple[str, frozenset[str]]]) -> list[str]:
        words = _WORD.findall(text.casefold())
        found = []
        for start in range(len(words)):
            phrase = ""
            for word in words[start : start + _LONGEST_PHRASE]:
                phrase = f"{phrase} {word}" if phrase else word
                if phrase in known:
                    found.append(phrase)
        return list(dict.fromkeys(found))


def fold_phrase(phrase: str) -> str:
    """A phrase of the lexicon as it is compared: lower case, its words joined by single blanks."""
    return " ".join(_WORD.findall(phrase.casefold()))


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
        last = self._heads.known(f"{subject}\n{text}", marks(channel, before))
        found = self._heads.probabilities(last, ("kind", "turn", "language"))
        thread = "\n".join((subject, *before.incoming, text))
        known = self._heads.known(thread) if before.incoming else last
        found |= self._heads.probabilities(known, ("ask",))
        kinds = {Kind(label): value for label, value in self._labelled("kind", found["kind"])}
        turns = {Turn(label): value for label, value in self._labelled("turn", found["turn"])}
        asks = {Ask(label): value for label, value in self._labelled("ask", found["ask"])}
        kind = max(kinds, key=lambda label: kinds[label])
        ask = max(asks, key=lambda label: asks[label]) if kind.personal else None
        language = self._language(text, subject, found["language"])
        return Intent(
            kind=kind,
            ask=ask,
            turn=max(turns, key=lambda label: turns[label]) if kind.personal else Turn.OTHER,
            language=language,
            topic=self._lexicon.find(thread, language, ask),
            kinds=kinds,
            asks=asks,
            turns=turns,
        )

    def _labelled(self, name: str, values: Vector) -> list[tuple[str, float]]:
        return [(label, float(value)) for label, value in zip(self._heads.heads[name].labels, values, strict=True)]

    def _language(self, text: str, subject: str, values: Vector) -> str:
        if subject and len(text) > 40:  # subjects are often kept in another language
            values = self._heads.probabilities(self._heads.known(text), ("language",))["language"]
        return max(self._labelled("language", values), key=lambda pair: pair[1])[0]
