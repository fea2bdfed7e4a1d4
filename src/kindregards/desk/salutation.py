"""By what name somebody is addressed: the one they go by themselves, or none where that is doubtful (RELIABILITY §4).

Only letters, blanks, hyphens, apostrophes and points of initials pass, at most 40 characters: a display name is the
sender's text, and the only one of theirs that a reply holds.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

LONGEST = 40
MOST_WORDS = 5
#: What may stand beside letters.
_SIGNS = frozenset(" .'’·-")
#: Names that are alike to this degree, without accents and in any order, are one name misspelt.
_ALIKE = 0.88


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Words that are no part of a name, and words that tell an organisation."""

    titles: frozenset[str]
    organisations: frozenset[str]
    relays: re.Pattern[str]  #: what stands behind a member's name where a network sends the mail

    @classmethod
    def read(cls, text: str) -> "Names":
        """Make it of the text of names.toml."""
        table = tomllib.loads(text)
        relays = "|".join(re.escape(word.strip()) for word in table["relays"])
        return cls(
            titles=frozenset(word.casefold() for word in table["titles"]),
            organisations=frozenset(word.casefold() for word in table["organisations"]),
            # Whole words only: "via" ends many a given name; a middle dot joins letters in Catalan.
            relays=re.compile(rf"\s+(?:{relays})\s+.*$|\s*[|(\[<•–—,/].*$|\s·.*$", re.IGNORECASE),
        )


def salutation(display: str, owner: str, names: Names, *, whole: bool) -> str:
    """The name to put into the greeting, "" where the greeting should do without one.

    `whole` asks for given name and surname; else the given name alone. The owner's own name, misspelt or not, is
    never taken for the sender's.
    """
    name = unicodedata.normalize("NFC", display).strip().strip("\"'“”„«»")
    turned = re.fullmatch(r"([^\W\d_][\w'’\- ]+),\s*([^\W\d_][\w'’.\- ]+)", name)
    if turned and not _degree(turned[1], turned[2], names):
        name = f"{turned[2]} {turned[1]}"
    written = names.relays.sub("", name).split()
    words = [word for word in written if word.rstrip(".").casefold() not in names.titles]
    if len(words) == 1 < len(written):  # a title and one word: the surname, or not, and no name to call by
        return ""
    words = _cased(words)
    name = " ".join(words)
    if not name or len(name) > LONGEST or len(words) > MOST_WORDS or not _only_letters(name):
        return ""
    folded = [word.strip(".").casefold() for word in words]
    if any(word in names.organisations for word in folded) or _same(name, owner):
        return ""
    return name if whole else _given(words)


def _only_letters(name: str) -> bool:
    return name[0].isalpha() and all(sign.isalpha() or sign in _SIGNS for sign in name)


def _cased(words: list[str]) -> list[str]:
    """Names that are shouted or whispered as names are written; a point that ends no initial is dropped."""
    words = [word.rstrip(".") if len(word) > 3 and word.count(".") == 1 else word for word in words]
    name = " ".join(words)
    if name == name.upper() != name.lower() or name == name.lower() != name.upper():
        return name.title().split()
    return [word.title() if len(word) > 3 and word.isupper() else word for word in words]


def _given(words: list[str]) -> str:
    """The given name; an initial alone is none."""
    first = words[0]
    return first if len(first.strip(".")) > 1 else " ".join(words)


def _degree(before: str, after: str, names: Names) -> bool:
    """Whether what stands behind a comma is no given name: "Jane Doe, Ph.D.", "Jane Doe, CFA", "Doe Media, Inc."."""
    if after.rstrip(".").casefold() in names.titles | names.organisations:
        return True
    if after[0].islower() and before[0].isupper():  # a sentence, not a name
        return True
    return after.isupper() and "." not in after and not before.isupper()


def _same(name: str, owner: str) -> bool:
    one, other = (" ".join(sorted(_plain(text).split())) for text in (name, owner))
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
