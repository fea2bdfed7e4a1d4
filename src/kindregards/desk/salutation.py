"""By what name somebody is addressed: the one they go by themselves, or none where that is doubtful (RELIABILITY §4).

Only letters, blanks, hyphens, apostrophes and points of initials pass, at most 40 characters: a display name is the
sender's text, and the only one of theirs that a reply holds.
"""

import re
import tomllib
from dataclasses import dataclass

LONGEST = 40
MOST_WORDS = 5
_ALLOWED = re.compile(r"[^\W\d_][\w.'’·\- ]*", re.UNICODE)


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
        relays = "|".join(map(re.escape, table["relays"]))
        return cls(
            titles=frozenset(word.casefold() for word in table["titles"]),
            organisations=frozenset(word.casefold() for word in table["organisations"]),
            relays=re.compile(rf"\s*(?:{relays})\s+.*$|\s*[|(\[<·•–—,/].*$", re.IGNORECASE),
        )


def salutation(display: str, owner: str, names: Names, *, whole: bool) -> str:
    """The name to put into the greeting, "" where the greeting should do without one.

    `whole` asks for given name and surname; else the given name alone. The owner's own name, misspelt or not, is
    never taken for the sender's.
    """
    name = display.strip().strip("\"'“”„«»")
    turned = re.fullmatch(r"([^\W\d_][\w'’\- ]+),\s*([^\W\d_][\w'’.\- ]+)", name)
    if turned and turned[2].rstrip(".").casefold() not in names.titles | names.organisations:
        name = f"{turned[2]} {turned[1]}"
    name = " ".join(names.relays.sub("", name).split())
    words = [word for word in name.split() if word.rstrip(".").casefold() not in names.titles]
    name = " ".join(words)
    if not name or len(name) > LONGEST or len(words) > MOST_WORDS or not _ALLOWED.fullmatch(name):
        return ""
    folded = [word.strip(".").casefold() for word in words]
    if any(word in names.organisations for word in folded) or _same(name, owner):
        return ""
    if name == name.upper() != name.lower() or name == name.lower() != name.upper():
        name = name.title()
        words = name.split()
    return name if whole else _given(words)


def _given(words: list[str]) -> str:
    """The given name; an initial alone is none."""
    first = words[0]
    return first if len(first.strip(".")) > 1 else " ".join(words)


def _same(name: str, owner: str) -> bool:
    return sorted(name.casefold().split()) == sorted(owner.casefold().split())
