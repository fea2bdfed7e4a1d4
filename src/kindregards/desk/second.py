"""What a second reader changes: nothing, or that the owner decides.

It is asked only about what the built-in reader has read and triage has let through, and only where its answer could
matter. Both readings are carried to the action that follows from them. Where it is the same they confirm each other,
and nothing changes: no confidence is raised, no word of a reply is other than it was. Where it is not, the owner
decides. So whatever a mail may talk a language model into, all it can gain is that the owner looks at the mail.
"""

from dataclasses import dataclass, replace

from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.message import Message
from kindregards.core.opinion import Opinion, Trouble, question
from kindregards.core.reasons import Reason
from kindregards.desk.conversation import SETTLED, Action, Move, State, Step, advance, silent, verdict
from kindregards.desk.dossier import Desk, Dossier
from kindregards.desk.replay import declines, in_the_light_of
from kindregards.desk.triage import Clearance, Leave

#: Kinds that are nobody's personal word; where the first reader is as sure as this of them, nobody else is asked.
LISTS = (Kind.BULK, Kind.AUTOMATIC, Kind.PLATFORM)
CERTAIN = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """What the built-in reader and judge made of a message, and what the desk would do about it."""

    message: Message
    clearance: Clearance
    intent: Intent
    state: State
    step: Step
    relevant: bool | None = None


def hear(dossier: Dossier, desk: Desk, first: First) -> tuple[Step, tuple[Reason, ...]]:
    """Ask the second reader, if there is one and it is its turn; the step that follows, and why."""
    if desk.second is None or not _askable(dossier, first):
        return first.step, ()
    earlier = tuple(m.text for m in dossier.thread if not m.outgoing and m is not first.message and m.text)
    found = desk.second.ask(
        question(
            dossier.profile,
            channel=first.message.channel,
            subject=first.message.subject,
            text=first.message.text,
            earlier=earlier,
            answered=first.state is not State.NEW,
        )
    )
    if isinstance(found, Trouble):
        return first.step, _unheard(found)
    action = _action(found, dossier, desk, first)
    theirs = _reading(found.kind, found.ask, found.turn, found.relevant, action)
    if action is first.step.action:
        return first.step, (Reason(name="SECOND_AGREES", text=f"a second reader says the same: {theirs}"),)
    if first.step.action is Action.HOLD:
        return first.step, (Reason(name="SECOND_SAYS", text=f"a second reader says: {theirs}"),)
    ours = _reading(first.intent.kind, first.intent.ask, first.intent.turn, first.relevant, first.step.action)
    text = f"two readers disagree, so you decide: {ours}; or {theirs}"
    return silent(Move.HAND), (Reason(name="SECOND_DISAGREES", text=text, warning=True),)


def _askable(dossier: Dossier, first: First) -> bool:
    """Whether another reading could change anything, and the message is one to be read by somebody else."""
    if first.clearance.draft is Leave.NO or first.state in SETTLED or not first.message.text.strip():
        return False
    past = dossier.past
    if past.known or past.opted_out or any(episode.opted_out for episode in dossier.episodes):
        return False
    if first.intent.kind.personal:
        return True
    listed = sum(first.intent.kinds.get(kind, 0.0) for kind in LISTS)
    return first.intent.kind not in LISTS or listed < CERTAIN


def _action(opinion: Opinion, dossier: Dossier, desk: Desk, first: First) -> Action:
    """The action that follows from the second reading, by the same protocol."""
    if not opinion.kind.personal:
        return Action.SKIP
    # Whether it is an invitation shows in how the message came; of that a reader of words knows less.
    kind = first.intent.kind if first.intent.kind.personal else opinion.kind
    asks = {opinion.ask: 1.0} if opinion.ask else {}
    intent = replace(first.intent, kind=kind, ask=opinion.ask, turn=opinion.turn, asks=asks)
    intent = in_the_light_of(intent, dossier, first.state)
    wanted = verdict(fits=opinion.relevant, invitation=kind is Kind.INVITATION)
    noes = declines(dossier, desk, first.state, intent.language)
    return advance(first.state, intent.turn, wanted, declines=noes).action


def _reading(kind: Kind, ask: Ask | None, turn: Turn, relevant: bool | None, action: Action) -> str:
    asks = f", asks {ask.value}" if kind.personal and ask else ""
    acts = f", {turn.value}" if kind.personal else ""
    fits = ", fits you" if relevant else ", does not fit you"
    return f"{kind.value}{asks}{acts}{fits if kind.personal and relevant is not None else ''}: {action.value}"


def _unheard(trouble: Trouble) -> tuple[Reason, ...]:
    """One line where there was trouble; that it is off is said once, by the conversation it was switched off at."""
    if trouble is Trouble.OFF:
        return ()
    return (Reason(name="SECOND_UNHEARD", text=f"the second reader {trouble.value}; the built-in reading stands"),)
