"""The files that the package ships: model, wordings, word lists, groups; read once, each when it is first needed."""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from sys import intern
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kindregards.core.concepts import Glossary
from kindregards.core.confidence import Calibration, Course, Curve
from kindregards.core.encoder import NgramEncoder
from kindregards.core.intent import Ask
from kindregards.core.linear import Head, Heads
from kindregards.core.reader import Lexicon, LinearReader, Phrase
from kindregards.core.relevance import ASKS, StatementJudge
from kindregards.core.traits import ConceptObserver
from kindregards.core.trees import Trees

Content = TypeVar("Content")


def text(*parts: str) -> str:
    """Read a shipped file: its folders and name, such as "wordings", "en.toml"."""
    return files("kindregards").joinpath("data", *parts).read_text(encoding="utf-8")


def names(folder: str, suffix: str) -> list[str]:
    """The names of the files of a shipped folder that end so, without the ending, sorted."""
    found = (entry.name for entry in files("kindregards").joinpath("data", *folder.split("/")).iterdir())
    return sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix))


@cache
def _document() -> dict[str, Any]:
    return dict(json.loads(text("model", "model.json")))


def model_digest() -> str:
    """The digest of all that the shipped model was made of."""
    return str(_document()["made_of"])


class _ByLanguage(Mapping[str, Content]):
    """Something there is for each of some languages, read when it is first needed."""

    def __init__(self, languages: Iterable[str], read: Callable[[str], Content]) -> None:
        self._languages = tuple(languages)
        self._read = read
        self._held: dict[str, Content] = {}

    def __getitem__(self, language: str) -> Content:
        if language not in self._held:
            if language not in self._languages:
                raise KeyError(language)
            self._held[language] = self._read(language)
        return self._held[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)


@cache
def glossaries() -> Mapping[str, Glossary]:
    """Words of each language to shared concepts."""
    forms = tomllib.loads(text("dictionary", "languages.toml"))

    def read(language: str) -> Glossary:
        lines = (line.partition(" ") for line in text("dictionary", f"{language}.txt").splitlines())
        return Glossary({word: intern(found) for word, _, found in lines}, **forms[language])

    return _ByLanguage(forms, read)


def _arrays(name: str) -> dict[str, NDArray[Any]]:
    """The arrays of a file of the model."""
    with files("kindregards").joinpath("data", "model", name).open("rb") as file, np.load(file) as tables:
        return {each: tables[each] for each in tables.files}


@cache
def _tables() -> dict[str, NDArray[Any]]:
    return _arrays("heads.npz")


@cache
def heads() -> Heads:
    """The shipped linear heads."""
    return Heads(
        encoder=NgramEncoder(),
        glossaries=glossaries(),
        heads={
            name: Head(labels=tuple(head["labels"]), first=head["first"], sharpness=head["sharpness"])
            for name, head in _document()["heads"].items()
        },
        **_tables(),
    )


@cache
def observer() -> ConceptObserver:
    """What tells what a message is like."""
    return ConceptObserver(heads(), buckets=_tables()["buckets"], idf=_tables()["idf"])


@cache
def reader() -> LinearReader:
    """The built-in reader."""
    fitted = _document()["naming"]
    return LinearReader(
        heads(),
        Lexicon(
            _ByLanguage(names("model/topics", ".json"), _phrases),
            weights=fitted["weights"],
            products=fitted["products"],
            bias=fitted["bias"],
            least=fitted["least"],
        ),
    )


def _phrases(language: str) -> dict[str, Phrase]:
    """The lexicon of one language."""
    rows = json.loads(text("model", "topics", f"{language}.json"))
    shared: dict[tuple[tuple[int, int], ...], dict[Ask, float]] = {}  # most phrases speak of one ask alone
    shares = [share / 99 for share in range(100)]

    def read(key: str, written: str, listed: int, telling: int, asks: list[tuple[int, int]]) -> Phrase:
        pairs = tuple((n, sure) for n, sure in asks)
        found = shared.setdefault(pairs, {ASKS[n]: shares[sure] for n, sure in pairs})
        return Phrase(
            written=key if written == key else written, listed=bool(listed), telling=shares[telling], asks=found
        )

    return {key: read(key, *row) for key, row in rows.items()}


@cache
def judge() -> StatementJudge:
    """The built-in judge."""
    found = _arrays("relevance.npz")
    return StatementJudge(heads(), Trees(base=float(found.pop("base")), depth=int(found.pop("depth")), **found))


@cache
def calibration() -> Calibration:
    """How sure the desk may be."""
    fitted = _document()["confidence"]
    return Calibration(
        curves={
            Course(name): Curve(bias=bias, weights=tuple(weights))
            for name, (bias, *weights) in fitted["curves"].items()
        },
        certified={Course(name): least for name, least in fitted["certified"].items()},
    )
