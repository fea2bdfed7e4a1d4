"""Make the generated pages of docs/, or check that they are what would be made: scripts/docs.py [--check].

protocol.md out of the table in desk/conversation.py, cli.md out of the commands' own help, img/demo.svg out of the
demo, and the checks that every local link of the pages leads somewhere.
"""

import argparse
import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from kindregards import setup
from kindregards.adapters import resources
from kindregards.adapters.ledger import open_memory
from kindregards.cli import app, console
from kindregards.core.intent import Turn
from kindregards.core.profile import read
from kindregards.desk.conversation import AFTER, PROTOCOL, Action, Move, OwnerAct, State, edges

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMANDS = ("init", "triage", "log", "show", "learn", "demo")
#: A plain frame for the picture: no fonts from elsewhere.
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>The demo of Kind Regards</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def protocol() -> str:
    """The protocol as a drawing and as a table."""
    drawing = "\n".join(f"  {a.name} --> {b.name}: {label}" for a, label, b in _merged_edges())
    head = "| " + " | ".join(["state", *(turn.value for turn in Turn)]) + " |"
    rule = "|" + "---|" * (len(Turn) + 1)
    rows = [
        "| " + " | ".join([f"**{state.value}**", *(PROTOCOL[state][turn].value for turn in Turn)]) + " |"
        for state in State
    ]
    acts = "\n".join(f"- {act.value}" for act in OwnerAct)
    after = "\n".join(f"- {action.value} leads to {state.value}" for action, state in AFTER.items())
    moves = "\n".join(f"- *{move.value}*" for move in Move)
    return f"""# The protocol

Made of the table in `src/kindregards/desk/conversation.py` by `make docs`: the table is the specification, the program
and this drawing.

```mermaid
stateDiagram-v2
  [*] --> NEW
{drawing}
```

What may be done about a turn in a state:

{head}
{rule}
{chr(10).join(rows)}

The moves:

{moves}

Where each action leads:

{after}

What the owner does with their own hand counts too, from any state:

{acts}
"""


def _merged_edges() -> list[tuple[State, str, State]]:
    """One arrow a pair of states, its labels joined."""
    labels: dict[tuple[State, State], list[str]] = {}
    for before, label, after in edges():
        labels.setdefault((before, after), []).append(label)
    return [(a, ", ".join(found[:3]) + (" …" if len(found) > 3 else ""), b) for (a, b), found in labels.items()]


def commands() -> str:
    """The help of every command."""
    runner = CliRunner()
    parts = ["# The command line\n\nMade of the commands' own help by `make docs`.\n"]
    for words in ([], *([name] for name in COMMANDS)):
        shown = runner.invoke(app, [*words, "--help"], env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}).stdout
        lines = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        parts.append(f"## kindregards {' '.join(words)}".rstrip() + f"\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def picture() -> str:
    """A few conversations and drafts of the demo as a drawing."""
    owner = read(resources.text("demo", "profile.toml"))
    with open_memory(owner.addresses[0]) as ledger:
        mailbox = ROOT / "src" / "kindregards" / "data" / "demo" / "mail.mbox"
        found = list(
            setup.prepare([mailbox], owner, ledger=ledger, now=datetime(2026, 11, 25, tzinfo=UTC)).dispositions()
        )
    kept = console.out
    console.out = Console(
        record=True, width=100, file=io.StringIO(), highlight=False, color_system="truecolor", force_terminal=True
    )
    try:
        wanted = (Action.DECLINE, Action.WELCOME, Action.ORIENT, Action.REST, Action.HOLD, Action.SKIP, Action.CLOSE)
        rows = [
            d
            for action in wanted
            for d in [d for d in found if d.action is action][: 3 if action is Action.DECLINE else 1]
        ]
        console.out.print(console.table(sorted(rows, key=lambda d: found.index(d))))
        for language in ("en", "fr"):
            drafts = (d for d in found if d.action is Action.DECLINE and d.language == language)
            console.out.print(console.draft(next(drafts)))
        return console.out.export_svg(title="kindregards demo", code_format=SVG, unique_id="demo")
    finally:
        console.out = kept


def broken_links() -> list[str]:
    """Local links of the pages that lead nowhere."""
    broken = []
    for page in [
        *ROOT.glob("*.md"),
        *DOCS.glob("*.md"),
        ROOT / "training" / "README.md",
        ROOT / "examples" / "README.md",
    ]:
        targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        local = [t for t in targets if "://" not in t and not t.startswith("mailto:")]
        broken += [f"{page.relative_to(ROOT)}: {t}" for t in local if not (page.parent / t).exists()]
    return broken


def main() -> None:
    """Write or check the generated pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    pages = {"protocol.md": protocol(), "cli.md": commands(), "img/demo.svg": picture()}
    stale = []
    for name, text in pages.items():
        path = DOCS / name
        if not args.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(f"docs/{name} is not what 'make docs' makes")
    wrong = stale + broken_links()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
