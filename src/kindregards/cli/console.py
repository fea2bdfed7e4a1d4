"""How things are shown in a terminal: tables of conversations, drafts, reasons; errors on standard error."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from kindregards.core.lessons import Lesson
from kindregards.core.reasons import Reason
from kindregards.desk.conversation import Action
from kindregards.desk.handle import Disposition
from kindregards.ports import Kept


class Terminal(Console):
    """A console that leaves it to the program what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        """Say that nobody reads any more; rich would end the program with exit code 1."""
        raise BrokenPipeError


out = Terminal(highlight=False)
err = Terminal(stderr=True, highlight=False)

_STYLE = {
    Action.WELCOME: "bold green",
    Action.ACCEPT_INVITATION: "green",
    Action.DECLINE: "cyan",
    Action.DECLINE_INVITATION: "cyan",
    Action.ORIENT: "magenta",
    Action.HOLD: "bold yellow",
    Action.REST: "bright_black",
    Action.CLOSE: "bright_black",
    Action.SKIP: "bright_black",
}
#: What an action means to somebody who has never read the documentation.
MEANS = {
    Action.WELCOME: "relevant: for you, with a warm holding draft",
    Action.ACCEPT_INVITATION: "connect, with a line of thanks",
    Action.DECLINE: "a courteous no that says why",
    Action.DECLINE_INVITATION: "a courteous no to connecting",
    Action.ORIENT: "where to turn instead",
    Action.HOLD: "you decide",
    Action.REST: "silence, for good",
    Action.CLOSE: "nothing to answer",
    Action.SKIP: "left alone",
}


def complain(line: str) -> None:
    """Say one line on standard error; the terminal wraps it, not we, so that it stays one line in a log."""
    err.print(Text("kindregards: ", style="bold red") + plain(line), soft_wrap=True)


def note(line: str) -> None:
    """Say one line on standard error that is no error."""
    err.print(plain(line), style="bright_black", soft_wrap=True)


def say(line: str = "", style: str = "", *, whole: bool = False) -> None:
    """Say a line on standard output as it is: nothing in it is markup. `whole` leaves it unbroken, to be copied."""
    out.print(plain(line), style=style, soft_wrap=whole)


def plain(text: str) -> Text:
    """Somebody else's text: no markup, no control characters, nothing that turns the line round, one line."""
    return Text(" ".join("".join(sign if sign.isprintable() else " " for sign in text).split()))


def count(number: int, thing: str) -> str:
    """So many of a thing."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def who(found: Disposition) -> str:
    """The sender as the owner knows people: name, else address."""
    return found.sender.name or found.sender.address or "(unknown)"


def why(reasons: Sequence[Reason]) -> str:
    """The two most telling reasons: warnings, then what the judgement rests on.

    What triage noted on the way, and how the message was read, stand in only where there is nothing else.
    """
    read = next((n for n, reason in enumerate(reasons) if reason.name == "READING"), -1)
    telling = [r for r in reasons if r.warning] + [r for r in reasons[read + 1 :] if not r.warning]
    shown = telling or [r for r in reasons if r.name == "READING"] or list(reasons)
    return "; ".join(reason.text for reason in shown[:2])


#: Widths of the columns; together they fit 80 signs. What a terminal has more goes to the first, the names.
_COLUMNS = (18, 14, 26, 18)
_LONGEST_NAME = 40


def table(rows: Iterable[Disposition], *, every_reason: bool = False) -> Group:
    """Conversations: from, what it is, what they ask, what the desk would do; below it, why."""
    return Group(Text(_row("from", "is", "asks", "desk"), style="bold"), *_lines(rows, every_reason))


def _lines(rows: Iterable[Disposition], every_reason: bool) -> Iterator[RenderableType]:
    for found in rows:
        asks = found.ask.value if found.ask else "-"
        line = Text(_row(plain(who(found)).plain, found.kind.value, asks, "").rstrip(" "), no_wrap=True)
        line.pad_right(_action_column() - line.cell_len)
        line.append(found.action.value, style=_STYLE[found.action])
        turn = f"{found.turn.value}, " if found.turn.value not in ("opening", "other") else ""
        because = Text(f"{turn}{found.confidence:.0%} sure: ", style="bright_black")
        because.append(plain(why(found.reasons)).plain, style="yellow" if _warned(found) else "bright_black")
        yield line
        yield reasons(found) if every_reason else Padding(because, (0, 0, 0, 4), expand=False)


def _widths() -> tuple[int, ...]:
    spare = max(0, out.width - sum(_COLUMNS) - len(_COLUMNS))
    return (min(_COLUMNS[0] + spare, _LONGEST_NAME), *_COLUMNS[1:])


def _action_column() -> int:
    """Where the last column begins."""
    return sum(_widths()[:-1]) + len(_COLUMNS) - 1


def _row(*cells: str) -> str:
    widths = _widths()
    return " ".join(_fit(cell, width) for cell, width in zip(cells, widths, strict=True))


def _fit(cell: str, width: int) -> str:
    """A cell cut or filled to a width in terminal columns; wide characters count two."""
    if cell_len(cell) <= width:
        return set_cell_size(cell, width)
    return set_cell_size(f"{set_cell_size(cell, width - 1).rstrip()}…", width)


def _warned(found: Disposition) -> bool:
    return any(reason.warning for reason in found.reasons)


def reasons(found: Disposition) -> Group:
    """How sure the desk is, then every reason on a line of its own: its symbol, what it weighed, the sentence."""
    lines = [Padding(Text(f"{found.confidence:.0%} sure", style="bright_black"), (0, 0, 0, 4), expand=False)]
    for reason in found.reasons:
        weight = f"{reason.weight:+.2f} " if reason.weight else ""
        line = plain(f"{reason.name}: {weight}{reason.text}")
        line.stylize("yellow" if reason.warning else "bright_black")
        lines.append(Padding(line, (0, 0, 0, 4), expand=False))
    return Group(*lines)


def draft(found: Disposition) -> Panel:
    """One whole draft with what it answers."""
    reply = found.reply
    if reply is None:
        return Panel(Text("(nothing is said)"), title=found.action.value, title_align="left")
    return Panel(
        Text("\n").join(plain(line) for line in reply.body.rstrip("\n").split("\n")),
        title=plain(f"to {who(found)} · {found.action.value} · {reply.language}"),
        title_align="left",
        border_style=_STYLE[found.action],
        padding=(0, 1),
        width=min(out.width, 100),
    )


def lessons(rows: Iterable[tuple[Lesson, Disposition]]) -> None:
    """What was taught, a lesson in two lines: its number, the day and the correction; whom it was about, and what."""
    for lesson, found in rows:
        asks = f", asks {lesson.ask.value}" if lesson.ask else ""
        say(f"{lesson.number:>3}  {lesson.taught:%Y-%m-%d}  {lesson.action.value}{asks}")
        about = plain(f"{who(found)}: {found.subject or '(no subject)'}")
        out.print(Padding(about, (0, 0, 0, 5), expand=False), style="bright_black")


def conversation(kept: Kept, past: Sequence[tuple[datetime, Disposition]]) -> None:
    """One conversation whole: what it is, why, the draft, its history."""
    found = kept.disposition
    sent = f"{found.date:%Y-%m-%d %H:%M}" if found.date else "no date"
    say(f"{who(found)} <{found.sender.address or found.sender.url}>, {sent}", style="bold")
    say(f"subject: {found.subject}" if found.subject else "(no subject)")
    asks = f", asks {found.ask.value}" if found.ask else ""
    say(f"{found.kind.value}{asks}, {found.turn.value}, in {found.language}")
    say(f"desk: {found.action.value} ({MEANS[found.action]}); the conversation is now {found.state.value}")
    out.print(reasons(found))
    if found.reply:
        out.print(draft(found))
    say(
        f"history: {count(len(kept.seen), 'message')}, {sum(s.outgoing for s in kept.seen)} of them yours", style="bold"
    )
    for moment, earlier in past:
        line = plain(f"{moment:%Y-%m-%d %H:%M} {earlier.turn.value} -> {earlier.action.value} ({earlier.state.value})")
        out.print(Padding(line, (0, 0, 0, 2), expand=False))
