"""Put made tables between the markers of docs/quality.md: scripts/quality_page.py NAME < TABLE.

`<!-- made: NAME -->` and `<!-- end -->` stand around what a command makes; all else on the page is written by hand and
stays as it is.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "quality.md"
END = "<!-- end -->"
_MADE = re.compile(r"<!-- made: ([\w-]+) -->\n(.*?)" + re.escape(END), re.DOTALL)


def marker(name: str) -> str:
    """The line that opens a made section."""
    return f"<!-- made: {name} -->"


def sections(page: str) -> dict[str, str]:
    """What stands between the markers of a page, by name."""
    return {found[1]: found[2] for found in _MADE.finditer(page)}


def filled(page: str, name: str, content: str) -> str:
    """The page with a section made anew; ValueError where the page does not hold its markers exactly once."""
    if marker(name) in content or END in content:
        raise ValueError(f"the content for '{name}' holds a marker itself")
    if page.count(marker(name) + "\n") != 1 or name not in sections(page):
        raise ValueError(f"the page needs one '{marker(name)}' with '{END}' below it")
    before, _, rest = page.partition(marker(name) + "\n")
    _, _, after = rest.partition(END)
    return f"{before}{marker(name)}\n{content.strip()}\n{END}{after}"


def write(made: dict[str, str], path: Path = PAGE) -> None:
    """Fill several sections of a page; nothing is written where one of them cannot be placed."""
    page = path.read_text(encoding="utf-8")
    for name, content in made.items():
        page = filled(page, name, content)
    path.write_text(page, encoding="utf-8")


def met(held: bool) -> str:
    """Whether an aim is met, as a table says it."""
    return "yes" if held else "**no**"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; what holds an upright stroke is written so that it stays in its cell."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    write({sys.argv[1]: sys.stdin.read()})
