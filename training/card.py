"""Write docs/model-card.md: what the shipped model is made of, counted; `make model` calls it."""

from collections import Counter

import rows as material

OUT = material.HERE.parent / "docs" / "model-card.md"
HEAD = """# The shipped model: what it is made of

Made by `make model` from `training/` alone; this page is counted by `training/card.py`. How well it reads is in
[quality.md](quality.md).

**What it does**: tells kind, turn, ask and language of a message, what a profile statement is about, and what an answer
of the owner's own was. Linear classifiers (support vector machines) over hashed character n-grams, words and concepts
(words of 19 languages to English stems); weights in 8 bits; numpy alone; no network, ever.

**Data**: messages, conversations and owners written for this project by hand, from imagination; lines, each the heart
of a message or a statement of a profile, for every ask in every walk of life; phrases by which things are named;
wordings. Nobody in them exists. The dictionary (`src/kindregards/data/dictionary`) is derived from Wiktionary, CC
BY-SA 3.0. No message of anybody's, no weights from elsewhere.

**Limits**: written by few hands, wittier and tidier than average mail; later turns, invitations and fraud are thin
outside English; conditions in a profile statement ("under 10,000", "in the EU") count only as far as their words do;
what is certified is certified for owners and messages like these.
"""


def table(title: str, counts: Counter[str]) -> str:
    """One count as a table, the most frequent first."""
    lines = "\n".join(f"| {name} | {count:,} |" for name, count in counts.most_common())
    return f"\n| {title} | messages |\n|---|---|\n{lines}\n"


def count(side: str) -> int:
    """How many lines there are of messages or of profiles."""
    return sum(1 for _ in material.lines(side))


def main() -> None:
    """Count and write."""
    rows = [*material.messages(), *material.everyday(), *material.reactions(), *material.cases()]
    owners = len(material.owners())
    text = (
        f"{HEAD}\n{len(rows):,} messages, {sum(bool(row.owner) for row in rows):,} of them judged for one of {owners} "
    )
    text += f"made-up owners; {sum(1 for _ in material.topics()):,} phrases; {sum(1 for _ in material.answers()):,} "
    text += "answers of owners; "
    text += f"{count('message'):,} lines that ask something and {count('profile'):,} of profiles.\n"
    text += table("language", Counter(row.language for row in rows))
    text += table("kind", Counter(row.kind for row in rows if row.kind))
    text += table("turn", Counter(row.turn for row in rows if row.turn))
    text += table("ask", Counter(row.ask for row in rows if row.ask))
    OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
