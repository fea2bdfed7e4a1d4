"""The last look over every outgoing text: nothing private leaves (RELIABILITY P7, §8).

Private is whatever names a connection of the owner's: names, addresses, numbers, profile addresses, employers. A term
counts wherever it stands, also spelt with blanks, dots or look-alike letters between. Pieces that are PUBLIC (shipped
with the program) or the SENDER's own name are the same whatever the owner's address book holds, so a term that lies
wholly inside one of them tells nothing; a term that touches anything else stops the reply. What it does not do: decide
by the address book what is said, for that would tell who is in it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from kindregards.core.errors import DiscretionError
from kindregards.desk.reply import Label, Reply

#: Terms are found by their first letters once blanks and signs are squeezed out.
_KEY = 4
_LATIN = str.maketrans("аеорсухіјѕԁһӏοαερτυνκ", "aeopcyxijsdhloaeptuvk")


def squeezed(text: str) -> tuple[str, list[int]]:
    """Letters and digits of a text alone, folded, with the place in the text that each came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in unicodedata.normalize("NFKD", sign.casefold()).translate(_LATIN):
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


@dataclass(frozen=True, slots=True)
class Private:
    """Terms that must never leave, ready to be looked for; a term needs at least `_KEY` letters or digits."""

    terms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Private":
        """Index terms by the beginning of their squeezed form."""
        index: dict[str, list[str]] = {}
        for term in sorted({squeezed(term)[0] for term in terms}):
            if len(term) >= _KEY:
                index.setdefault(term[:_KEY], []).append(term)
        return cls({key: tuple(found) for key, found in index.items()})

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a text private terms stand, as [start, end); inside of longer words they don't count."""
        letters, places = squeezed(text)
        found = []
        for at in range(len(letters) - _KEY + 1):
            for term in self.terms.get(letters[at : at + _KEY], ()):
                if letters.startswith(term, at):
                    start, end = places[at], places[at + len(term) - 1] + 1
                    if _whole(text, start, end):
                        found.append((start, end))
        return found


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a span is bounded by something other than letters and digits."""
    return not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())


def look(reply: Reply, private: Private) -> Reply:
    """Return the reply unchanged where nothing private shows in it; DiscretionError otherwise.

    The subject is the sender's own, sent back to the same sender and to nobody else: it is checked for form by the
    serializer, not here.
    """
    harmless = _harmless(reply)
    for start, end in private.spans(reply.body):
        if not any(first <= start and end <= last for first, last in harmless):
            raise DiscretionError("the draft would have named somebody you are connected with")
    return reply


def _harmless(reply: Reply) -> list[tuple[int, int]]:
    """The spans of the body that are the same whatever the address book holds."""
    spans, at = [], 0
    for piece in reply.pieces:
        if piece.label is not Label.OWNER:
            spans.append((at, at + len(piece.text)))
        at += len(piece.text)
    if at != len(reply.body) or re.sub(r"\s", "", "".join(p.text for p in reply.pieces)) != re.sub(
        r"\s", "", reply.body
    ):
        return []  # somebody changed the body after it was composed: every word counts
    return spans
