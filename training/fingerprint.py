"""The digest of all that the model is made of; a test compares it, so that a stale model is noticed."""

import hashlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORE = HERE.parent / "src" / "kindregards" / "core"
WORDINGS = HERE.parent / "src" / "kindregards" / "data" / "wordings"
DICTIONARY = WORDINGS.parent / "dictionary"
CODE = ("characters", "encoder", "concepts", "linear", "reader", "relevance", "trees")
FOLDERS = ("messages", "everyday", "cases", "owners", "topics", "lines", "turns", "answers", "languages")


def fingerprint() -> str:
    """SHA-256 over training data, training code, wordings, dictionary and the code that features depend on."""
    sources = [path for folder in FOLDERS for path in (HERE / folder).glob("*.*")]
    sources += [HERE / "rows.py", HERE / "train.py", *WORDINGS.glob("*.toml"), *DICTIONARY.glob("*.t*")]
    sources += [CORE / f"{name}.py" for name in CODE]
    digest = hashlib.sha256()
    for path in sorted(sources, key=lambda found: found.relative_to(HERE.parent).as_posix()):
        digest.update(path.read_bytes())
    return digest.hexdigest()
