"""How things are shown in a terminal: tables of conversations, drafts, reasons; errors on standard error."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from kindregards.core.reasons import Reason
from kindregards.desk.conversation import Action
from kindregards.desk.handle import Disposition
from kindregards.ports import Kept

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

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
    """Say one line on standard error."""
    err.print(Text("kindregards: ", style="bold red") + Text(line))


def note(line: str) -> None:
    """Say one line on standard error that is no error."""
    err.print(Text(line, style="bright_black"))


def who(found: Disposition) -> str:
    """The sender as the owner knows people: name, else address."""
    return found.sender.name or found.sender.address or "(unknown)"


def why(reasons: Sequence[Reason]) -> str:
    """The telling reasons in a line, warnings first; how it was read is in a column of its own."""
    telling = [r for r in reasons if r.name not in ("READING",)]
    telling.sort(key=lambda r: not r.warning)
    return "; ".join(r.text for r in telling[:2])


#: Widths of the columns; together they fit 80 signs.
_COLUMNS = (18, 14, 26, 18)


def table(rows: Iterable[Disposition]) -> Text:
    """Conversations in two lines each: from, what it is, what they ask, what the desk would do; below it, why."""
    lines = [Text(_row("from", "is", "asks", "desk"), style="bold")]
    for found in rows:
        asks = found.ask.value if found.ask else "-"
        line = Text(_row(_plain(who(found)).plain, found.kind.value, asks, ""))
        line.append(found.action.value, style=_STYLE[found.action])
        turn = f"{found.turn.value}, " if found.turn.value not in ("opening", "other") else ""
        because = Text(f"    {turn}{found.confidence:.0%} sure: ", style="bright_black")
        because.append(_plain(why(found.reasons)).plain, style="yellow" if _warned(found) else "bright_black")
        because.truncate(max(60, out.width), overflow="ellipsis")
        lines += [line, because]
    return Text("\n").join(lines)


def _row(*cells: str) -> str:
    return " ".join(_fit(cell, width) for cell, width in zip(cells, _COLUMNS, strict=True)).rstrip() + " "


def _fit(cell: str, width: int) -> str:
    """A cell cut or filled to a width in terminal columns; wide characters count two."""
    if cell_len(cell) > width:
        return (
            set_cell_size(cell, width - 1).rstrip()
            + "…"
            + " " * (width - 1 - cell_len(set_cell_size(cell, width - 1).rstrip()))
        )
    return set_cell_size(cell, width)


def _warned(found: Disposition) -> bool:
    return any(reason.warning for reason in found.reasons)


def _plain(text: str) -> Text:
    """Somebody else's text: no markup, no control characters, one line."""
    return Text(" ".join("".join(sign if sign.isprintable() else " " for sign in text).split()))


def draft(found: Disposition) -> Panel:
    """One whole draft with what it answers."""
    reply = found.reply
    if reply is None:
        return Panel(Text("(nothing is said)"), title=escape(found.action.value), title_align="left")
    head = f"to {who(found)} · {found.action.value} · {reply.language}"
    return Panel(
        Text(reply.body.rstrip("\n")),
        title=_plain(head),
        title_align="left",
        border_style=_STYLE[found.action],
        padding=(0, 1),
        width=min(out.width, 100),
    )


def conversation(kept: Kept, past: Sequence[tuple[datetime, Disposition]]) -> None:
    """One conversation whole: what it is, why, the draft, its history."""
    found = kept.disposition
    sent = f"{found.date:%Y-%m-%d %H:%M}" if found.date else "no date"
    out.print(_plain(f"{who(found)} <{found.sender.address or found.sender.url}>, {sent}"), style="bold")
    out.print(_plain(f"subject: {found.subject}" if found.subject else "(no subject)"))
    asks = f", asks {found.ask.value}" if found.ask else ""
    out.print(f"{found.kind.value}{asks}, {found.turn.value}, in {found.language}")
    out.print(
        f"desk: {found.action.value} ({MEANS[found.action]}), sure {found.confidence:.0%}, now {found.state.value}"
    )
    for reason in found.reasons:
        weight = f"{reason.weight:+.2f} " if reason.weight else ""
        style = "yellow" if reason.warning else "bright_black"
        out.print(_plain(f"  {reason.name}: {weight}{reason.text}"), style=style)
    if found.reply:
        out.print(draft(found))
    messages = f"{len(kept.seen)} messages, {sum(s.outgoing for s in kept.seen)} of them yours"
    out.print(f"history: {messages}", style="bold")
    for moment, earlier in past:
        out.print(f"  {moment:%Y-%m-%d %H:%M}  {earlier.turn.value} -> {earlier.action.value} ({earlier.state.value})")
