"""Make src/kindregards/data/dictionary from the word lists of Wiktionary: scripts/dictionary.py FOLDER.

FOLDER holds `*-enwiktionary.txt.xz` and `en-*.dsl.xz` of github.com/open-dsl-dict/wiktionary-dict, commit
74c2c11f3398606ef334dd6d0d3ecb9555a44faf (made by Matthias Buchmeier from English Wiktionary, CC BY-SA 3.0). Kept are
single words whose meaning is a word that the English training texts use; see the NOTICE beside the files. Ukrainian,
for which there is no list, is the Russian one in Ukrainian letters.
"""

import json
import lzma
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from kindregards.core.concepts import LONGEST_UNSPACED, STEM, folded

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "kindregards" / "data" / "dictionary"
TRAINING = ROOT / "training"
CODES = {
    "ar": "arb", "ca": "ca", "cs": "cs", "de": "de", "es": "es", "fr": "fr", "hu": "hu", "it": "it", "ja": "ja",
    "nl": "nl", "pl": "pl", "pt": "pt", "ro": "ro", "ru": "ru", "sv": "sv", "tr": "tr", "zh": "cmn",
}  # fmt: skip
LETTERS = str.maketrans({"ы": "и", "э": "е", "и": "і", "ё": "о", "ъ": ""})
#: English words that say nothing as the meaning of another.
EMPTY = frozenset({
    "to", "a", "an", "the", "of", "or", "in", "for", "with", "on", "at", "by", "be", "is", "one's", "someone",
    "something", "and", "as", "from", "that", "which", "his", "her", "its", "not", "no", "all", "senses", "etc", "used",
    "e", "g", "i", "it", "this", "into", "out", "up", "off", "over", "who", "what",
})  # fmt: skip
SENSES = 4
_WORD = re.compile(r"[a-z][a-z'-]+")
_ASIDE = re.compile(r"\{[^}]*\}|\[[^\]]*\]|/[^/]*/|\([^)]*\)")
_ARTICLE = re.compile(r"^(?:se|s'|sich|zich|sa|el|la|de|der|die|das) ")
_DSL_ASIDE = re.compile(r"\[p\].*?\[/p\]|\[i\].*?\[/i\]|\[c[^\]]*\].*?\[/c\]|\[[^\]]*\]|\t")


def pairs(folder: Path, code: str) -> Iterator[tuple[str, str]]:
    """Every (foreign term, English term) of the lists of a language."""
    for name, foreign_first in ((f"en-{code}", False), (f"{code}-en", True)):
        for line in unpacked(folder / f"{name}-enwiktionary.txt.xz", "utf-8"):
            head, found, translations = line.partition(" :: ")
            head = _ASIDE.sub("", head).strip()
            for term in terms(translations) if found else ():
                yield (head, term) if foreign_first else (term, head)
    head = ""
    for line in unpacked(folder / f"en-{code}.dsl.xz", "utf-16-le"):
        if line and not line.startswith("\t"):
            head = line.strip()
        elif "[m" in line:
            yield from ((term, head) for term in terms(_DSL_ASIDE.sub("", line)))


def unpacked(path: Path, encoding: str) -> list[str]:
    """Read the lines of a packed list; none where it is missing or empty."""
    if not path.exists() or path.stat().st_size < 100:  # some lists are there but empty
        return []
    return lzma.open(path).read().decode(encoding).splitlines()


def terms(text: str) -> Iterator[str]:
    """Split a line of translations."""
    for term in re.split(r"[,;]", _ASIDE.sub("", text)):
        if term.strip() and "SEE:" not in term:
            yield term.strip()


def meanings(folder: Path, code: str, letters: dict[int, str]) -> dict[str, list[str]]:
    """Folded foreign word, some letters replaced -> English words, the most frequent first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for foreign, english in pairs(folder, code):
        form = _ARTICLE.sub("", folded(foreign.casefold().translate(letters)).strip())
        words = [word for word in _WORD.findall(english.casefold()) if word not in EMPTY]
        if form and " " not in form and 0 < len(words) <= 3:
            for word in words:
                found[form][word] += 1 / len(words)
    return {form: [word for word, _ in counts.most_common(6)] for form, counts in found.items()}


def spoken() -> set[str]:
    """The concepts of the English training texts."""
    texts = []
    for path in (*TRAINING.glob("messages/*.jsonl"), *TRAINING.glob("cases/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            texts += (
                strings(row) if row.get("language", row.get("expect", {}).get("language", path.stem)) == "en" else ()
            )
    texts += (TRAINING / "lines" / "en.tsv").read_text(encoding="utf-8").splitlines()
    for phrases in tomllib.loads((TRAINING / "topics" / "en.toml").read_text(encoding="utf-8"))["asks"].values():
        texts += phrases
    return {word[:STEM] for text in texts for word in _WORD.findall(folded(text))}


def strings(value: object) -> Iterator[str]:
    """Yield every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def write(language: str, found: dict[str, list[str]], known: set[str]) -> None:
    """Write the words of a language that mean something known."""
    lines = []
    for form, words in sorted(found.items()):
        stems = list(dict.fromkeys(word[:STEM] for word in words[:SENSES] if word[:STEM] in known))
        if stems and (language not in ("zh", "ja") or len(form) <= LONGEST_UNSPACED):
            lines.append(f"{form} {' '.join(stems)}\n")
    (OUT / f"{language}.txt").write_text("".join(lines), encoding="utf-8")
    print(f"{language}: {len(lines):,} words")


def main() -> None:
    """Write one file a language."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder, known = Path(sys.argv[1]), spoken()
    for language, code in CODES.items():
        write(language, meanings(folder, code, {}), known)
    write("uk", meanings(folder, CODES["ru"], LETTERS), known)


if __name__ == "__main__":
    main()
