"""What mail programs write around older mails and below new ones, in all languages at once.

The words are data (`data/quoting.toml`). They are compared in small letters with `str` methods where that is possible:
one alternation of all languages costs ten times as much on every line.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Lines longer than this are somebody's text, not a program's.
LONGEST = 400
_LONGEST_NAME = 30
_LONGEST_SIGN, _MOST_SIGN_WORDS = 90, 12

_ORNAMENT = " \t\xa0*_[]()<>|•·-–—"
_LINK = re.compile(r"\s*(?:<?https?://\S+>?|\[https?://[^\]]*\]|<[^<>]*>)\s*")
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Phrases of all languages, longest first, and what tells quickly that none of them is in a line."""

    phrases: tuple[str, ...]
    last_words: frozenset[str]
    unspaced: tuple[str, ...]  #: phrases in scripts without spaces between words

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Phrases":
        """Take phrases in small letters."""
        known = tuple(phrases)
        return cls(
            phrases=known,
            last_words=frozenset(_LETTERS.findall(phrase)[-1] for phrase in known),
            unspaced=tuple(phrase for phrase in known if _NO_SPACES.search(phrase)),
        )

    def may_be_in(self, small: str) -> bool:
        """Whether it is worth to look for the phrases in a line of small letters."""
        if not self.last_words.isdisjoint(_LETTERS.findall(small)):
            return True
        return not small.isascii() and any(phrase in small for phrase in self.unspaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotingWords:
    """The word lists, in small letters, longest first."""

    begin: tuple[str, ...]  #: how an attribution begins where no date does
    wrote: Phrases  #: what stands in it
    roles: Mapping[str, str]  #: the name of a field of a copied header -> from, sent, to or subject
    marks: Phrases  #: what stands above an older mail
    mark: re.Pattern[str]  #: a line that says so
    signs: tuple[str, ...]  #: how a line begins or ends that a device signs with
    device: re.Pattern[str]

    @classmethod
    def load(cls, text_of_toml: str) -> "QuotingWords":
        """Read the text of `data/quoting.toml`; tomllib.TOMLDecodeError where it is no TOML."""
        tables: dict[str, dict[str, list[str]]] = tomllib.loads(text_of_toml)
        words = {
            key: sorted({word.lower() for of in tables.values() for word in of.get(key, ())}, key=len, reverse=True)
            for key in ("begin", "wrote", "from", "sent", "to", "subject", "marks", "signs", "devices")
        }
        phrases = _any(words["marks"])
        ruled = rf"[\s*]*[-–—_=*~#]{{2,}}\s*(?:{phrases})[^\n]{{0,80}}"
        announced = rf"[\s*]*(?:{phrases})[^\n:：]{{0,40}}[:：][\s*]*"
        return cls(
            begin=tuple(words["begin"]),
            wrote=Phrases.of(words["wrote"]),
            roles={word: role for role in ("subject", "sent", "to", "from") for word in words[role]},
            marks=Phrases.of(words["marks"]),
            mark=re.compile(f"{ruled}|{announced}", re.IGNORECASE),
            signs=tuple(words["signs"]),
            device=re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, words['devices']))})", re.IGNORECASE),
        )

    def begins(self, line: str) -> bool:
        """Whether a line begins like an attribution: with a word for it and a number soon after."""
        small = line[:80].lstrip(" \t\xa0*_-").lower()
        if not small.startswith(self.begin) or _DIGIT.search(small) is None:
            return False
        return any(small.startswith(word) and _is_whole(small, 0, len(word)) for word in self.begin)

    def wrote_at(self, line: str) -> int:
        """Where the last word of attribution in a line ends, -1 where there is none."""
        small, last = line.lower(), -1
        for word in self.wrote.phrases if self.wrote.may_be_in(small) else ():
            at = small.rfind(word)
            if at >= 0 and _is_whole(small, at, at + len(word)):
                last = max(last, at + len(word))
        return last

    def announces(self, line: str) -> bool:
        """Whether a line stands above an older mail, such as "----- Original Message -----"."""
        return self.marks.may_be_in(line.lower()) and self.mark.fullmatch(line) is not None

    def role(self, line: str) -> str:
        """Which field of a copied header a line is: from, sent, to or subject, "" where it is none."""
        colon = min(line.find(mark) % LONGEST for mark in ":：")
        if not 0 < colon < _LONGEST_NAME:
            return ""
        return self.roles.get(" ".join(line[:colon].strip(_ORNAMENT).lower().split()), "")

    def signed_by_device(self, line: str) -> bool:
        """Whether a line is one that a telephone or a mail program adds below a mail."""
        bare = (_LINK.sub(" ", line) if "<" in line or "://" in line else line).strip(_ORNAMENT)
        small = bare.lower()
        begun = small.startswith(self.signs)
        if not (begun or small.rstrip(".。").endswith(self.signs)) or len(bare) > _LONGEST_SIGN:
            return False
        if "," in bare or "?" in bare or len(bare.split()) > _MOST_SIGN_WORDS:
            return False
        if self.device.search(bare):
            return True
        # "Sent from my Anything 5G": nothing but names, after a phrase of several words.
        sign = next(filter(small.startswith, self.signs)) if begun else ""
        rest = bare[len(sign) :].split() if " " in sign else []
        if len(rest) > 1 and len(rest[0]) <= 4:
            rest.pop(0)
        return 1 <= len(rest) <= 4 and all(word.isalnum() and not word[0].islower() for word in rest)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a place in a text is whole words; in scripts without spaces every place is."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (not before.isalnum() or _NO_SPACES.match(text[start]) is not None) and (
        not after.isalnum() or _NO_SPACES.match(text[end - 1]) is not None
    )


def _any(phrases: Iterable[str]) -> str:
    return "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases) or r"(?!)"
