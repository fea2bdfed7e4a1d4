"""A JSON Resume (jsonresume.org, schema 1.0.0 and older ones): who somebody is, for a first profile.

Only name, label, addresses, languages and positions are read, and everything may be missing but the name.
Nothing that the file points at is fetched.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from kindregards.core.errors import SourceError
from kindregards.core.profile import Role

LARGEST = 1_000_000
YEAR = re.compile(r"(?:19|20|21)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Who somebody says they are; `languages` as they are called there, `addresses` with `email` first."""

    name: str
    email: str = ""
    headline: str = ""
    languages: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    addresses: tuple[str, ...] = ()


def read_resume(path: Path) -> Resume:
    """Read a JSON Resume; SourceError, one line, where the file is something else or names nobody."""
    try:
        if path.stat().st_size > LARGEST:
            raise SourceError(f"{path}: larger than {LARGEST // 10**6} MB; a JSON Resume is a small text file")
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as why:
        raise SourceError(f"{path}: cannot be read ({why.strerror or why})") from None
    except UnicodeDecodeError:
        raise SourceError(f"{path}: not a JSON Resume; it is not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError) as why:
        raise SourceError(f"{path}: not valid JSON ({str(why)[:80]}); export the resume again") from None
    basics = document.get("basics") if isinstance(document, dict) else None
    if not isinstance(basics, dict):
        raise SourceError(f"{path}: not a JSON Resume; it should hold an object 'basics' with 'name' and 'email'")
    name = _text(basics, "name")
    if not name:
        raise SourceError(f"{path}: 'name' in 'basics' is missing; it is signed under every reply")
    email = _text(basics, "email")
    return Resume(
        name=name,
        email=email,
        headline=_text(basics, "label", "headline"),
        languages=tuple(filter(None, (_text(row, "language", "name") for row in _rows(document, "languages")))),
        roles=tuple(role for row in _rows(document, "work") if (role := _role(row)) is not None),
        addresses=(email,) if email else (),
    )


def year(text: str) -> int | None:
    """Find the year in a date of any shape, None where there is none."""
    found = YEAR.search(text)
    return int(found[0]) if found else None


def _text(row: dict[str, object], *keys: str) -> str:
    """The first of the keys that holds text, white space folded; schemas differ in their names."""
    values = (row.get(key) for key in keys)
    return next((" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()), "")


def _rows(document: dict[str, object], key: str) -> list[dict[str, object]]:
    rows = document.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _role(row: dict[str, object]) -> Role | None:
    title = _text(row, "position", "title")
    if not title:
        return None
    return Role(title=title, since=year(_text(row, "startDate")), until=year(_text(row, "endDate")))
