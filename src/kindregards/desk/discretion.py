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
#: Names in Han, kana and Hangul are whole in two letters and stand between others without a blank.
_SHORT_KEY = 2
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
#: Letters that look like Latin ones, and Latin letters with a bar, which no normal form takes apart.
_LATIN = str.maketrans("авеконрстмухіјѕԁһӏԛԝɡοαερτυνκιıłøđħŧ", "abekohpctmyxijsdhlqwgoaeptuvkiilodht")


def squeezed(text: str) -> tuple[str, list[int]]:
    """Letters and digits of a text alone, folded, with the place in the text that each came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in unicodedata.normalize("NFKD", sign).casefold().translate(_LATIN):
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


@dataclass(frozen=True, slots=True)
class Private:
    """Terms that must never leave, ready to be looked for.

    A term needs at least `_KEY` letters or digits, `_SHORT_KEY` in a script without blanks.
    """

    terms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Private":
        """Index terms by the beginning of their squeezed form."""
        index: dict[str, list[str]] = {}
        for term in sorted({squeezed(term)[0] for term in terms}):
            if len(term) >= (_SHORT_KEY if _UNSPACED.match(term) else _KEY):
                index.setdefault(term[:_KEY], []).append(term)
        return cls({key: tuple(found) for key, found in index.items()})

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a text private terms stand, as [start, end); inside of longer words they don't count."""
        letters, places = squeezed(text)
        found = []
        for at in range(len(letters)):
            for size in range(_SHORT_KEY, _KEY + 1):
                for term in self.terms.get(letters[at : at + size], ()):
                    if letters.startswith(term, at):
                        start, end = places[at], places[at + len(term) - 1] + 1
                        if _whole(text, start, end):
                            found.append((start, end))
        return found


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a span is bounded by something other than letters and digits, or is of a script without blanks."""
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, at: int) -> bool:
    """Whether the signs on both sides of a place belong to one word."""
    sides = text[max(0, at - 1) : at + 1]
    return 0 < at < len(text) and sides.isalnum() and not _UNSPACED.search(sides)


def look(reply: Reply, private: Private) -> Reply:
    """Return the reply unchanged where nothing private shows in it; DiscretionError otherwise.

    The subject is the sender's own, sent back to the same sender and to nobody else: it is checked for form by the
    serializer, not here.
    """
    harmless = _harmless(reply)
    if harmless == [(0, len(reply.body))]:
        return reply
    for start, end in private.spans(reply.body):
        if not any(first <= start and end <= last for first, last in harmless):
            raise DiscretionError("the draft would have named somebody you are connected with")
    return reply


def _harmless(reply: Reply) -> list[tuple[int, int]]:
    """The spans of the body that are the same whatever the address book holds; such pieces side by side are one."""
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in reply.pieces:
        if piece.label is not Label.OWNER:
            first = spans.pop()[0] if spans and spans[-1][1] == at else at
            spans.append((first, at + len(piece.text)))
        at += len(piece.text)
    if at != len(reply.body) or re.sub(r"\s", "", "".join(p.text for p in reply.pieces)) != re.sub(
        r"\s", "", reply.body
    ):
        return []  # somebody changed the body after it was composed: every word counts
    return spans
