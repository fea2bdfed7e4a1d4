"""The shipped model: made of what lies in training/, and of nothing of the exam."""

import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from kindregards.adapters import resources
from kindregards.core.intent import Ask

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
WORD = re.compile(r"\w+")


def test_the_model_is_made_of_the_training_folder() -> None:
    """The digest in the model is that of the training files and of the code that reads them: run `make model`."""
    code = "import sys; sys.path.insert(0, 'training'); import fingerprint; print(fingerprint.fingerprint())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == resources.model_digest()


def test_the_model_is_small() -> None:
    """All of it together stays under 30 MB."""
    folder = ROOT / "src" / "kindregards" / "data" / "model"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 30_000_000


def test_every_label_has_a_column() -> None:
    """The heads that reader, judge and desk use are there with all their labels."""
    heads = resources.heads().heads
    assert set(heads) == {"kind", "turn", "language", "answer", "ask", "statement"}
    assert len(heads["ask"].labels) == 34
    assert set(heads["answer"].labels) == {"no", "pointer", "engaged"}
    assert set(resources.names("wordings", ".toml")) <= set(heads["language"].labels)


def test_lines_keep_their_form() -> None:
    """Each line of training says whose it is, which asks it speaks of, and something; a message asks one thing."""
    asks = {ask.value for ask in Ask}
    for path in (ROOT / "training" / "lines").glob("*.tsv"):
        for line in path.read_text("utf-8").splitlines():
            side, named, text = line.split("\t")
            assert side in ("message", "profile"), (path.name, line)
            assert set(named.split(",")) <= asks, (path.name, line)
            assert text.strip(), (path.name, line)
            assert side == "profile" or "," not in named, (path.name, line)


@pytest.mark.shared
def test_nothing_of_the_exam_is_in_training() -> None:
    """No eight words in a row of a message of the exam stand in any training text."""
    if not (SHARED / "exam").is_dir():
        pytest.skip("the exam lies beside the checkout for its authors only")
    trained = set(chain.from_iterable(runs(text) for text in training_texts()))
    assert len(trained) > 100_000
    common = [words for text in exam_texts() for words in runs(text) if words in trained]
    assert common == []


def runs(text: str) -> set[tuple[str, ...]]:
    """Every eight words in a row."""
    words = [word.casefold() for word in WORD.findall(text)]
    return {tuple(words[n : n + 8]) for n in range(len(words) - 7)}


def training_texts() -> list[str]:
    """Everything the model is trained on."""
    found = []
    for path in (ROOT / "training").rglob("*.jsonl"):
        if "out" not in path.parts:
            found += path.read_text("utf-8").splitlines()
    lines = [
        line for path in (ROOT / "training" / "lines").glob("*.tsv") for line in path.read_text("utf-8").splitlines()
    ]
    return [*(" ".join(strings(json.loads(line))) for line in found), *lines]


def strings(value: object) -> list[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in strings(each)]


def exam_texts() -> list[str]:
    """The messages of the exam."""
    found = []
    for path in (SHARED / "exam" / "cases").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            found += [turn["body"] for turn in json.loads(line)["thread"]]
    return found
