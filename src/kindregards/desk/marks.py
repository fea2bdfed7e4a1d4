"""Signs of robots, lists, platforms and shared accounts in header fields, names, subjects and text.

What a mark is comes from data/triage.toml; here it is only found: header fields (RFC 2369, 2919, 8058; RFC
3834 §5), the part before the at sign (RFC 5230 §4.6), subjects and sentences of answering machines in many
languages. Which mark means what is `desk.triage`'s. Matching is by whole phrases on folded text and never by
backtracking over sender text.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Self

from kindregards.core.characters import Folding
from kindregards.core.errors import WordingError
from kindregards.core.message import Address, Message

#: How much of a text is looked at: its beginning and its end; a machine says what it is in either.
HEAD, TAIL = 4000, 1000
#: RFC 5321 §4.5.3.1.1: the longest part before the at sign.
LOCAL_OCTETS = 64
_DECOR = " \t[](){}<>*\"'«»„“”.!…"
_BREAKS = frozenset(":;-–—|,([{])}>*=/~.!")
#: Letters that Unicode does not take apart: a dotless i is I in capitals, and many write without strokes.
_PLAIN = {ord("ı"): ord("i"), ord("ł"): ord("l"), ord("ø"): ord("o"), ord("đ"): ord("d"), ord("’"): ord("'")}
_CHOICE = re.compile(r"\{([^{}]*)\}")
#: Right of the at sign in our ids: a name that is nobody's for ever (RFC 6761 §6.4), so it tells neither
#: host nor user; always the same, so that mail of our own is known when it comes back.
ID_DOMAIN = "kindregards.invalid"
#: Tables of phrases, one list a language.
_BY_LANGUAGE = ("subjects.automatic", "subjects.openings", "subjects.bounce")
_PHRASES = ("do_not_reply", "acknowledgement", "absence", "challenge")
_NAMES = ("system", "robot", "newsletter", "postmaster", "role")
_LISTS = (
    "headers.list", "headers.campaign", "headers.relay", "headers.robot", "headers.loop",
    "headers.platform", "suppress.microsoft", "suppress.precedence_bulk", "suppress.precedence_automatic",
    "suppress.delivered_to", "suppress.agents", "suppress.off", "folders.junk", "folders.gone",
    "subjects.until.words", "subjects.from.words", "platforms.domains", "platforms.labels",
    "platforms.names", "reports.media_types", "reports.calendar", "content.executable",
    "content.executable_types", "content.encrypted", "origin.providers",
    "origin.receivers",
)  # fmt: skip


_RUN = re.compile(r"\w+")
_SHORT = 100  #: characters up to which a folded text is remembered


#: Drops accents and invisible signs.
_FOLDING = Folding(lambda sign: unicodedata.category(sign) in ("Mn", "Cf"), _PLAIN)


def fold(text: str) -> str:
    """Bring a text to the form in which words are compared: no case, accents or invisible signs."""
    return _folded_name(text) if len(text) <= _SHORT else _folded(text)


@lru_cache(maxsize=2048)
def _folded_name(text: str) -> str:
    """Names, subjects and folders are asked about by one gate after the other."""
    return _folded(text)


def _folded(text: str) -> str:
    return " ".join(_FOLDING.of(text).split())


def readings(phrase: str) -> Iterator[str]:
    """Yield every reading of a phrase with {a|b} in it, folded."""
    parts = [part.split("|") if at % 2 else [part] for at, part in enumerate(_CHOICE.split(phrase))]
    for choice in product(*parts):
        yield fold("".join(choice))


def _name_pattern(names: list[str]) -> str:
    """Make the pattern of a list of names; a star is anything, a hyphen one of - _ . or nothing."""
    made = []
    for name in names:
        hyphen = "[-_]" if "*" in name else "[-_.]?"
        made.append(re.escape(fold(name)).replace(r"\*", ".*").replace(r"\-", hyphen))
    return "|".join(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The word lists of triage, made ready to match.

    `lists` are sets by "table.key"; `phrases` folded sentences by name; `names` patterns for the part before
    the at sign; `spam` pairs of header name and the pattern at the beginning of its value; `asked` header
    names and values.
    """

    lists: Mapping[str, frozenset[str]]
    phrases: Mapping[str, tuple[str, ...]]
    begun: Mapping[str, Mapping[str, tuple[str, ...]]]  #: the same by their first word, "" for scripts without blanks
    names: Mapping[str, re.Pattern[str]]
    spam: tuple[tuple[str, re.Pattern[str]], ...]
    asked: Mapping[str, frozenset[str]]
    number: re.Pattern[str]
    report_file: re.Pattern[str]
    lookalikes: frozenset[str]

    @classmethod
    def load(cls, toml_text: str) -> Self:
        """Read the text of triage.toml; WordingError where it is no TOML or a list is missing or wrong."""
        try:
            tables = tomllib.loads(toml_text)
            return cls(
                lists={path: frozenset(fold(word) for word in _at(tables, path)) for path in _LISTS},
                phrases=(phrases := _phrases(tables)),
                begun={name: _by_first_word(sentences) for name, sentences in phrases.items()},
                names=_names(tables),
                spam=tuple((name, re.compile(value, re.IGNORECASE)) for name, value in sorted(tables["spam"].items())),
                asked={name: frozenset(values) for name, values in tables["suppress"]["asked"].items()},
                number=_number(_at(tables, "texts.number.words")),
                report_file=re.compile(tables["reports"]["file"], re.IGNORECASE),
                lookalikes=frozenset(tables["origin"]["lookalikes"]),
            )
        except (tomllib.TOMLDecodeError, LookupError, TypeError, AttributeError, re.error) as why:
            raise WordingError(f"triage.toml: a word list is missing or wrong ({why})") from None


def _at(tables: Mapping[str, object], path: str) -> list[str]:
    found: object = tables
    for step in path.split("."):
        if not isinstance(found, dict):
            raise TypeError(f"no table on the way to '{path}'")
        found = found[step]
    if not isinstance(found, list) or not all(isinstance(word, str) and word for word in found):
        raise TypeError(f"'{path}' must be a list of words")
    return found


def _languages(tables: Mapping[str, object], path: str) -> list[str]:
    table: object = tables
    for step in path.split("."):
        table = table[step] if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise TypeError(f"'{path}' must be a table of languages")
    return [word for language in table for word in _at(table, language)]


def _by_first_word(sentences: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        first = _RUN.match(sentence)
        spaced = first is not None and first[0] < "\u0e00"
        found.setdefault(first[0] if first and spaced else "", []).append(sentence)
    return {word: tuple(group) for word, group in found.items()}


def _phrases(tables: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    paths = [*_BY_LANGUAGE, *(f"texts.{name}" for name in _PHRASES)]
    return {
        path.rpartition(".")[2]: tuple(sorted({made for word in _languages(tables, path) for made in readings(word)}))
        for path in paths
    }


def _names(tables: Mapping[str, object]) -> dict[str, re.Pattern[str]]:
    silent = _name_pattern(_languages(tables, "names.no_reply"))
    names = {name: re.compile(_name_pattern(_at(tables, f"names.groups.{name}"))) for name in _NAMES}
    # "jobs-noreply7" and "noreply-jobs" are robots; a dot behind or words on both sides may be a name.
    names["no_reply"] = re.compile(rf".*(?:{silent})\d*|(?:{silent})[-_=\d].*")
    return names


def _number(words: list[str]) -> re.Pattern[str]:
    before = "|".join(sorted({re.escape(fold(word)) for word in words}, key=len, reverse=True))
    return re.compile(rf"#\s?\d{{2,}}|\[[a-z]{{2,12}}[-# ]?\d{{2,}}\]|(?:{before})[^\w]{{0,12}}[a-z]{{0,6}}-?\d{{3,}}")


@lru_cache(maxsize=32)
def _prefixes(names: frozenset[str]) -> tuple[str, ...]:
    """The names of a list that end in a star, without it."""
    return tuple(name[:-1] for name in names if name.endswith("*"))


def present(message: Message, names: frozenset[str]) -> str | None:
    """Return the first of these header fields, by the alphabet, that a message has; a star is a prefix."""
    begun = _prefixes(names)
    return min((key for key, _ in message.headers if key in names or key.startswith(begun)), default=None)


def switched_on(message: Message, words: Words) -> bool:
    """Tell whether a field of answering machines is there whose value is not a plain "no"."""
    names, off = words.lists["headers.robot"], words.lists["suppress.off"]
    begun = _prefixes(names)
    values = (value for key, value in message.headers if key in names or key.startswith(begun))
    return any(value.strip() and keyword(value[:100]) not in off for value in values)


def bare(value: str) -> str:
    """Return a field without its comments (RFC 5322 §3.2.2: they nest, a backslash quotes one sign)."""
    kept, depth, quoted = [], 0, False
    for sign in value:
        if quoted:
            quoted = False
        elif sign == "\\":
            quoted = True
            continue
        elif sign == "(":
            depth += 1
            continue
        elif sign == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(sign)
    return "".join(kept).strip()


def keyword(value: str) -> str:
    """Return the keyword of a field such as Auto-Submitted, without parameters (RFC 3834 §5)."""
    return bare(value).partition(";")[0].strip().casefold()


def local_part(address: str) -> str:
    """Return the folded part before the at sign without +tag (RFC 5233), "" where it is over-long."""
    local = (address.rpartition("@")[0] or address).strip('"')
    return "" if len(local) > LOCAL_OCTETS else fold(local).partition("+")[0]


def named(address: str, group: str, words: Words) -> bool:
    """Tell whether the part before the at sign is one of a group of names in triage.toml."""
    local = local_part(address)
    return bool(local) and words.names[group].fullmatch(local) is not None


def refuses(party: Address, words: Words) -> bool:
    """Tell whether an address says that nobody answers there: before or behind the @, or in the name."""
    pattern = words.names["no_reply"]
    if named(party.address, "no_reply", words):
        return True
    labels = party.domain.casefold().split(".")[:-1]
    name = fold(party.name[:LOCAL_OCTETS]).replace(" ", "-")
    return any(pattern.fullmatch(label) for label in labels if len(label) < LOCAL_OCTETS) or bool(
        pattern.fullmatch(name)
    )


def automatic_subject(subject: str, words: Words) -> bool:
    """Tell whether a subject is an answering machine's: its phrase stands at the beginning or at the end."""
    line = fold(subject[:500]).strip(_DECOR)
    phrases = words.phrases["automatic"]
    for phrase in phrases if line.startswith(phrases) or line.endswith(phrases) else ():
        if line.startswith(phrase) and _ends_here(line[len(phrase) :], phrase, words):
            return True
        # "Your question (out of office)": behind a bracket or a dash, never as part of a sentence.
        if line.endswith(phrase) and line[: -len(phrase)].rstrip()[-1:] in ("(", "[", "-", "–", "—", "|"):
            return True
    beginnings = words.phrases["openings"]
    openings = (word for word in (beginnings if line.startswith(beginnings) else ()) if line.startswith(word))
    return any(line[len(word) :].lstrip()[:1] in (":", "]", ")") for word in openings)


def _ends_here(rest: str, phrase: str, words: Words) -> bool:
    """Tell whether a phrase is complete before `rest`: a break, a date, or a script without blanks."""
    rest = rest.lstrip("\"' ")
    if not rest or rest[0] in _BREAKS or phrase[0] >= "\u3000":
        return True
    if any(rest.startswith(f"{word} ") for word in words.lists["subjects.until.words"]):
        return True
    dated = any(sign.isdigit() for sign in rest)
    return dated and any(rest.startswith(f"{word} ") for word in words.lists["subjects.from.words"])


def bounce_subject(subject: str, words: Words) -> bool:
    """Tell whether a subject is that of mail that came back; phrases of one word need a break behind them."""
    line = fold(subject[:500]).strip(_DECOR)
    phrases = words.phrases["bounce"]
    for phrase in phrases if line.startswith(phrases) else ():
        rest = line[len(phrase) :].lstrip()
        if line.startswith(phrase) and (" " in phrase or not rest or rest[0] in _BREAKS or phrase[0] >= "\u3000"):
            return True
    return False


def text_of(message: Message) -> str:
    """Return what the author wrote anew, folded: beginning and end, where machines introduce themselves."""
    text = message.text
    return fold(text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}")


def says(text: str, group: str, words: Words) -> bool:
    """Tell whether a folded text holds one of a group of sentences."""
    begun = words.begun[group]
    return any(phrase in text for word in begun.keys() & _first_words(text) for phrase in begun[word])


@lru_cache(maxsize=4)
def _first_words(text: str) -> frozenset[str]:
    """The words of a text, and "" for phrases that begin with none; the same text is asked about several times."""
    return frozenset(("", *_RUN.findall(text)))


def acknowledges(message: Message, text: str, words: Words) -> bool:
    """Tell whether a text is a ticket system's "we have got it": a sentence and a number near it."""
    if not says(text[:1500], "acknowledgement", words):
        return False
    return words.number.search(fold(message.subject[:500])) is not None or words.number.search(text[:1500]) is not None


def platform(domain: str, words: Words) -> bool:
    """Tell whether a domain is a network's own: on the list, below one, or a known label with any ending."""
    labels = domain.casefold().strip(".").split(".")
    ends = {".".join(labels[at:]) for at in range(len(labels))}
    return bool(ends & words.lists["platforms.domains"]) or any(
        label in words.lists["platforms.labels"] for label in labels
    )
