"""Words of many languages to shared concepts, so that what was learnt in one language counts in another.

A concept is the beginning of an English word: "invest" stands for invest, investor, investment. A `Glossary` maps the
words of one language to concepts; what it does not hold as it is written is looked up by its beginning, and, where
the language builds compounds, by its parts. English needs no glossary, and a word that none knows stands for itself:
loan words are the same everywhere. Which languages there are, and their words, is data/dictionary.
"""

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from kindregards.core.characters import Folding
from kindregards.core.encoder import HEAD, TAIL, Sparse, mark_bucket

#: Letters of an English word that make the concept.
STEM = 6
#: Endings of up to so many letters are cut from a word and from an entry before they are compared.
ENDING = 3
#: What is left of a word, and a part of a compound, has at least so many letters.
SHORTEST = 4
#: From this length a word may be a compound.
COMPOUND = 9
#: Longest entry of a language written without blanks.
LONGEST_UNSPACED = 6
_SENSES = 4
_SHARES = (0.0, *(1.0 / count for count in range(1, _SENSES + 1)))  #: of a concept by how many its word has
_REMEMBERED = 50_000
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_MARK = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u3099\u309a]")
_LATIN = re.compile(r"[a-z][a-z'-]+")
_KEPT_MARKS = "\u3099\u309a"  # voiced sounds of Japanese are other letters, not accents


_FOLDING = Folding(
    lambda sign: unicodedata.combining(sign) > 0 and sign not in _KEPT_MARKS, letters={ord("’"): ord("'")}
)


def folded(text: str) -> str:
    """A text as words are compared: NFKC, small letters, no accents, stress marks or vowel points."""
    return _FOLDING.of(text)


def words(text: str) -> list[str]:
    """The words of a text in small letters; accents stay, marks that stand as signs of their own go."""
    text = text.replace("’", "'").casefold()
    if not text.isascii() and _MARK.search(text):
        text = folded(text)
    return _WORD.findall(text)


class Glossary:
    """The words of one language and what they mean."""

    def __init__(self, forms: Mapping[str, str], *, spaced: bool = True, compounds: bool = False) -> None:
        """Take folded word -> its concepts, joined by blanks."""
        self._forms = forms
        self._sorted = sorted(forms)
        self._spaced, self._compounds = spaced, compounds
        self._found: dict[str, tuple[str, ...]] = {}

    def senses(self, text: str) -> list[tuple[str, ...]]:
        """The concepts of each word of a text."""
        if not self._spaced:
            text = folded(text)
            return [*self._unspaced(text), *((word[:STEM],) for word in _LATIN.findall(text))]
        found, held = [], self._found
        for word in words(text):
            senses = held.get(word)
            if senses is None:
                if len(held) >= _REMEMBERED:
                    held.clear()
                senses = held[word] = self._word(folded(word))
            found.append(senses)
        return found

    def _word(self, word: str) -> tuple[str, ...]:
        entry = self._entry(word) or (self._parts(word) if self._compounds else "")
        return tuple(entry.split()[:_SENSES]) if entry else (word[:STEM],)

    def _entry(self, word: str) -> str:
        """What the glossary says of a word, or of the first entry that begins alike; "" where it says nothing."""
        exact = self._forms.get(word)
        if exact is not None:
            return exact
        for cut in range(ENDING + 1):
            root = word[: len(word) - cut]
            if len(root) < SHORTEST:
                break
            at = bisect_left(self._sorted, root)
            if at < len(self._sorted):
                near = self._sorted[at]
                if near.startswith(root) and len(near) <= len(root) + ENDING:
                    return self._forms[near]
        return ""

    def _parts(self, word: str) -> str:
        """The concepts of both parts of a compound."""
        if len(word) < COMPOUND:
            return ""
        for cut in range(SHORTEST, len(word) - SHORTEST + 1):
            first, last = word[:cut], word[cut:]
            known = self._forms.get(first) or self._forms.get(first[:-1])
            if known and (end := self._entry(last)):
                return " ".join((*known.split()[:2], *end.split()[:2]))
        return ""

    def _unspaced(self, text: str) -> list[tuple[str, ...]]:
        """The longest entries that stand in the text, from left to right."""
        found, at = [], 0
        while at < len(text):
            for size in range(LONGEST_UNSPACED, 0, -1):
                entry = self._forms.get(text[at : at + size])
                if entry is not None:
                    found.append(tuple(entry.split()[:_SENSES]))
                    at += size
                    break
            else:
                at += 1
        return found


def concepts(text: str, glossary: Glossary | None) -> dict[str, float]:
    """What a text speaks of: concept -> how often, each word counting 1 in all."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    found: dict[str, float] = {}
    if glossary is None:
        for word in words(folded(text)):
            concept = word[:STEM]
            found[concept] = found.get(concept, 0.0) + 1.0
        return found
    for each in glossary.senses(text):
        share = _SHARES[len(each)]
        for concept in each:
            found[concept] = found.get(concept, 0.0) + share
    return found


def encoded(text: str, glossary: Glossary | None) -> Sparse:
    """The concepts of a text as features of length 1; a concept counts as much whether it comes once or often."""
    found = concepts(text, glossary)
    buckets = np.fromiter(map(_bucket, found), dtype=np.uint32, count=len(found))
    values = np.fromiter(found.values(), dtype=np.float32, count=len(found))
    np.sqrt(np.minimum(values, np.float32(1.0), out=values), out=values)
    length = math.sqrt(values @ values)
    return Sparse(buckets, values / np.float32(length) if length else values)


@lru_cache(maxsize=20_000)
def _bucket(concept: str) -> int:
    return mark_bucket(f"¶{concept}")
