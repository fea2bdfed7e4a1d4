"""Text to sparse features: hashed character and word n-grams, with numpy alone.

A `Encoder` turns text into a `Sparse` row over 2**BITS buckets. The built-in one hashes every span of characters with
a polynomial over prefix sums, so that all n-grams of a text cost a few array operations, not a loop. It knows nothing
of labels; `core.intent` and `core.relevance` hold the weights. Nothing is learnt or loaded here.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: Number of bits of a bucket; a bucket that training never saw weighs nothing.
BITS = 22
#: Characters of a text that are looked at: the beginning says what is wanted, the end how it is signed.
HEAD, TAIL = 3000, 600
CHARACTER_SPANS = (2, 3, 4, 5)

_BASE = 0x9E3779B97F4A7C15 | 1  # odd, so that it has an inverse modulo 2**64
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_BLANK = np.uint32(32)
_LONGEST = 8192
_URL = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w.-]+\.(?:com|org|net|io|example|co|eu|info|biz)(?:/\S*)?\b", re.IGNORECASE
)
_LINKED = re.compile(r"://|www\.|\.(?:com|org|net|io|example|co|eu|info|biz)\b")  # where one may stand at all
_MAIL = re.compile(r"\S+@\S+")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_PUNCTUATION = re.compile(r"([!?%€$£])")


@dataclass(frozen=True, slots=True)
class Sparse:
    """One text as buckets (uint32, unique) and their values (float32, Euclidean length 1 a block)."""

    buckets: NDArray[np.uint32]
    values: NDArray[np.float32]


class Encoder(Protocol):
    """Whatever turns a text into features."""

    def encode(self, text: str) -> Sparse:
        """Encode a text."""

    def marked(self, marks: tuple[str, ...]) -> Sparse:
        """Encode named facts from outside the text, such as `channel=email`."""


def normal(text: str) -> str:
    """Fold a text for comparing: NFKC, case; addresses, links and numbers to one sign each; single blanks."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    text = unicodedata.normalize("NFKC", text).casefold()
    if "@" in text:
        text = _MAIL.sub(" ¤m ", text)
    if _LINKED.search(text):
        text = _URL.sub(" ¤u ", text)
    text = _DIGITS.sub("0", text)
    text = _PUNCTUATION.sub(r" \1 ", text)
    return " " + " ".join(text.split()) + " "


@lru_cache(maxsize=1)
def _powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    with np.errstate(over="ignore"):
        up = np.cumprod(np.full(_LONGEST, _BASE, dtype=np.uint64), dtype=np.uint64)
        down = np.cumprod(np.full(_LONGEST, _INVERSE, dtype=np.uint64), dtype=np.uint64)
    return up, down


def _mixed(sums: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Mix the sums of spans, in place, and keep the bits of a bucket."""
    sums *= _MIX
    sums ^= sums >> np.uint64(32)
    sums *= _MIX
    sums >>= np.uint64(64 - BITS)
    return sums.astype(np.uint32)


#: 1 + log(count) by count; more often than the last counts like the last.
_DAMPED = np.concatenate([[0.0], 1.0 + np.log(np.arange(1, 256))]).astype(np.float32)


def _block(buckets: NDArray[np.uint32], weight: float) -> Sparse:
    """Count buckets, damp the counts (1 + log), and scale the block to length `weight`."""
    if not len(buckets):
        return Sparse(buckets, np.zeros(0, dtype=np.float32))
    buckets.sort()
    new = np.empty(len(buckets), dtype=np.bool_)
    new[0] = True
    np.not_equal(buckets[1:], buckets[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    counts = np.empty(len(starts), dtype=np.intp)
    np.subtract(starts[1:], starts[:-1], out=counts[:-1])
    counts[-1] = len(buckets) - starts[-1]
    values = _DAMPED[np.minimum(counts, len(_DAMPED) - 1)]
    return Sparse(buckets[starts], values * np.float32(weight / np.sqrt(values @ values)))


def joined(parts: list[Sparse]) -> Sparse:
    """Several blocks of features as one; they share no bucket but by chance."""
    return Sparse(np.concatenate([p.buckets for p in parts]), np.concatenate([p.values for p in parts]))


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramEncoder:
    """Character n-grams within words, words and pairs of words, and marks, each as a block of its own."""

    characters: float = 1.0
    words: float = 1.0
    mark: float = 0.35

    def encode(self, text: str) -> Sparse:
        """Encode a text of any length (cut to HEAD + TAIL characters)."""
        folded = normal(text)[:_LONGEST]
        points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        up, _ = _powers()
        prefix = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(points * up[: len(points)], out=prefix[1:])
        blanks = points == _BLANK
        spans = _characters(prefix, blanks)
        words = _words(prefix, blanks)
        buckets = _mixed(np.concatenate([*spans, *words]))
        letters = sum(map(len, spans))
        return joined([_block(buckets[:letters], self.characters), _block(buckets[letters:], self.words)])

    def marked(self, marks: tuple[str, ...]) -> Sparse:
        """Encode named facts from outside the text, each with the value `mark`."""
        buckets = np.array([mark_bucket(mark) for mark in marks], dtype=np.uint32)
        return Sparse(buckets, np.full(len(buckets), self.mark, dtype=np.float32))


def _characters(prefix: NDArray[np.uint64], blanks: NDArray[np.bool_]) -> list[NDArray[np.uint64]]:
    """The sums of every span of `CHARACTER_SPANS` characters; equal text gives equal sums wherever it stands."""
    _, down = _powers()
    inside = np.zeros(len(blanks) + 1, dtype=np.int32)
    np.cumsum(blanks, out=inside[1:])
    found = []
    for n in CHARACTER_SPANS:
        count = len(blanks) - n + 1
        if count < 1:
            break
        sums = (prefix[n:] - prefix[:count]) * down[:count] ^ np.uint64(n)
        # a blank may open or close a span, never stand inside: n-grams do not cross words
        found.append(sums[inside[n - 1 : n - 1 + count] == inside[1 : 1 + count]] if n > 2 else sums)
    return found


def _words(prefix: NDArray[np.uint64], blanks: NDArray[np.bool_]) -> list[NDArray[np.uint64]]:
    """The sums of every word and of every pair of words."""
    _, down = _powers()
    at = np.flatnonzero(blanks)
    here, scale = prefix[at], down[at]
    return [
        (here[words:] - here[:-words]) * scale[:-words] ^ np.uint64(100 + words) for words in (1, 2) if len(at) > words
    ]


@lru_cache(maxsize=4096)
def mark_bucket(mark: str) -> int:
    """The bucket of a named fact from outside the text."""
    value = 1469598103934665603
    for byte in mark.encode():
        value = ((value ^ byte) * 1099511628211) & ((1 << 64) - 1)
    return (value * 0xD6E8FEB86659FD93 & ((1 << 64) - 1)) >> (64 - BITS)
