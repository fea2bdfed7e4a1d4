"""Wording files: what may be said in a language, read and checked (docs/wordings.md).

A wording is data. `Wording.read` takes the text of a file and the owner's changes to it; a mistake is a WordingError
that names the file, the key and what is wrong, never a surprise while a reply is written.
"""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kindregards.core.errors import WordingError
from kindregards.core.intent import Ask
from kindregards.core.profile import Profile

#: The lists of a register and the slots each may use.
LISTS: dict[str, frozenset[str]] = {
    "greeting": frozenset({"name"}),
    "greeting_plain": frozenset(),
    "thanks": frozenset({"about"}),
    "thanks_topic": frozenset({"about", "topic"}),
    "again": frozenset(),
    "reason_field": frozenset({"field", "no"}),
    "reason": frozenset({"no"}),
    "reason_fit": frozenset(),
    "refusal": frozenset(),
    "wishes": frozenset(),
    "pointer": frozenset({"pointer", "url"}),
    "orient_thanks": frozenset(),
    "orient_about": frozenset({"topic"}),
    "orient": frozenset({"pointer", "url"}),
    "orient_second": frozenset({"pointer", "url"}),
    "orient_none": frozenset(),
    "welcome": frozenset(),
    "invitation_thanks": frozenset(),
    "invitation_no": frozenset(),
    "invitation_yes": frozenset(),
    "closing": frozenset(),
}
#: At least so many variants of the no, so that it does not read like a machine.
FEWEST = {"thanks": 4, "thanks_topic": 4, "refusal": 4, "wishes": 4, "invitation_no": 4}
#: A greeting may do without the name, where a language would have to bend it.
_MAY_DO_WITHOUT = frozenset({"name"})
REGISTERS = ("formal", "informal")
#: What a file may leave out.
_DEFAULTS: dict[str, Any] = {"right_to_left": False, "separator": " ", "comma": ", "}
_DEFAULTS |= {"name_in_full": False, "signals": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One form of address: its name and its lists of variants."""

    name: str
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All that may be said in one language. `own` tells that the owner changed something in it."""

    language: str
    name: str
    right_to_left: bool
    registers: Mapping[str, Register]
    register: str  #: for somebody whose message shows none
    signals: Mapping[str, re.Pattern[str]]
    asks: Mapping[Ask, Mapping[str, str]]
    fields: Mapping[str, str]
    separator: str  #: between sentences, " " or ""
    comma: str  #: between two things
    name_in_full: bool  #: the given name does not come first
    own: bool = False

    @classmethod
    def read(cls, text: str, changes: str = "", *, source: str = "wording") -> "Wording":
        """Make a wording of a file's text and of the owner's changes, which replace key by key."""
        try:
            table = tomllib.loads(text)
            own = tomllib.loads(changes)
        except tomllib.TOMLDecodeError as why:
            raise WordingError(f"{source}: not valid TOML ({why})") from None
        _known(own, _DEFAULTS | table, source)
        return _checked(_merged(table, own), source, bool(own))

    def about(self, ask: Ask, register: str) -> str:
        """What the message is, as it stands after the thanks."""
        return self._words(ask, "about", register)

    def no(self, ask: Ask, register: str) -> str:
        """Why not, as a whole clause in the first person."""
        return self._words(ask, "no", register)

    def label(self, ask: Ask) -> str:
        """The thing itself, in common words."""
        return self.asks[ask]["label"]

    def field(self, key: str) -> str:
        """Where the owner works, as it stands after "I work"."""
        return self.fields[key]

    def _words(self, ask: Ask, key: str, register: str) -> str:
        words = self.asks[ask]
        return words.get(f"{key}_{register}", words[key])

    def register_for(self, text: str) -> Register:
        """The form of address that a text shows: the sender's own; where it shows none, the language's usual one."""
        if len(self.registers) == 1:
            return next(iter(self.registers.values()))
        counts = {name: len(pattern.findall(text)) for name, pattern in self.signals.items()}
        formal, informal = counts.get("formal", 0), counts.get("informal", 0)
        if formal == informal:
            return self.registers[self.register]
        return self.registers["formal" if formal > informal else "informal"]

    def whole_name(self, register: str) -> bool:
        """Whether somebody is called by the whole name."""
        return register == "formal" or self.name_in_full


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Words of titles and headlines by which a field of work is known: key -> pattern, in order of preference."""

    patterns: Mapping[str, re.Pattern[str]]

    @classmethod
    def read(cls, text: str) -> "Fields":
        """Make it of the text of fields.toml."""
        table = tomllib.loads(text)
        return cls(patterns={key: _beginnings(words) for key, words in table["fields"].items()})

    def of(self, profile: Profile) -> str:
        """The key of the owner's field by the present role, then the headline; "" where none is known."""
        present = [role.title for role in profile.roles if role.until is None]
        for title in (*present, profile.headline):
            for key, pattern in self.patterns.items():
                if pattern.search(title):
                    return key
        return ""


def _beginnings(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + ")", re.IGNORECASE)


def _known(own: Mapping[str, Any], table: Mapping[str, Any], source: str, where: str = "") -> None:
    """Refuse changes of keys that there are not, or to another kind of value: they would be passed over in silence."""
    for key, value in own.items():
        plain = key.removesuffix("_informal").removesuffix("_formal") if where.startswith("asks.") else key
        if plain not in table:
            raise WordingError(f"{source}: there is no '{where}{key}' to change")
        texts = value if isinstance(value, list) else ()
        if type(value) is not type(table[plain]) or not all(isinstance(text, str) for text in texts):
            raise WordingError(f"{source}: '{where}{key}' is not of the kind of value it replaces")
        if isinstance(value, dict):
            _known(value, table[plain], source, f"{where}{key}.")


def _merged(table: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(table)
    for key, value in own.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _checked(table: dict[str, Any], source: str, own: bool) -> Wording:
    names = table.get("registers", [])
    if not names or any(name not in REGISTERS for name in names):
        raise WordingError(f"{source}: 'registers' must list formal, informal or both")
    default = table.get("register", names[0])
    if default not in names:
        raise WordingError(f"{source}: 'register' must be one of {', '.join(names)}")
    return Wording(
        language=str(table["language"]),
        name=str(table["name"]),
        right_to_left=bool(table.get("right_to_left", False)),
        registers={name: _register(table.get(name, {}), name, source) for name in names},
        register=default,
        signals={name: _signal(words, table) for name, words in table.get("signals", {}).items() if words},
        asks={ask: _ask(table, ask, source) for ask in Ask},
        fields={key: _plain(value, f"{source}: [fields] {key}") for key, value in table.get("fields", {}).items()},
        separator=str(table.get("separator", " ")),
        comma=str(table.get("comma", ", ")),
        name_in_full=bool(table.get("name_in_full", False)),
        own=own,
    )


def _signal(words: list[str], table: dict[str, Any]) -> re.Pattern[str]:
    if table.get("separator", " ") == "":  # written without blanks: words stand inside words
        return re.compile("|".join(map(re.escape, words)))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)


def _register(lists: Mapping[str, Any], name: str, source: str) -> Register:
    texts: dict[str, tuple[str, ...]] = {}
    for key, slots in LISTS.items():
        variants = lists.get(key)
        if not isinstance(variants, list) or not variants or not all(isinstance(v, str) and v for v in variants):
            raise WordingError(f"{source}: [{name}] {key} must be a list of texts")
        if len(variants) < FEWEST.get(key, 1):
            raise WordingError(f"{source}: [{name}] {key} needs at least {FEWEST[key]} variants")
        for variant in variants:
            _slots(variant, slots, f"{source}: [{name}] {key}")
        texts[key] = tuple(variants)
    return Register(name=name, texts=texts)


def _slots(variant: str, allowed: frozenset[str], where: str) -> None:
    try:
        used = {slot for _, slot, _, _ in string.Formatter().parse(variant) if slot is not None}
    except ValueError as why:
        raise WordingError(f"{where}: {why} in '{variant}'") from None
    if used != allowed and not (allowed == _MAY_DO_WITHOUT and not used):
        wanted = ", ".join(f"{{{slot}}}" for slot in sorted(allowed)) or "no slot"
        raise WordingError(f"{where}: '{variant}' must use exactly {wanted}")


def _ask(table: Mapping[str, Any], ask: Ask, source: str) -> dict[str, str]:
    words = table.get("asks", {}).get(ask.value, {})
    for key in ("label", "about", "no"):
        if not isinstance(words.get(key), str):
            raise WordingError(f"{source}: [asks.\"{ask.value}\"] has no '{key}'")
    return {key: _plain(value, f'{source}: [asks."{ask.value}"] {key}') for key, value in words.items()}


def _plain(value: object, where: str) -> str:
    text = str(value)
    if not text.strip() or set(text) & set("{}"):
        raise WordingError(f"{where} must be words without slots")
    return text
