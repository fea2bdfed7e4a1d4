"""The whole desk on one page: a conversation goes in, a disposition comes out; nothing is read or written here.

    triage -> understand -> judge -> advance -> compose -> discretion

`handle` is given values (messages, what is remembered, the profile, groups, what to keep private, the time) and
returns one. Whatever is unknown ends in `hold`, never in a reply.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import dropwhile

from kindregards.core.confidence import Calibration
from kindregards.core.errors import DiscretionError
from kindregards.core.groups import Countries, Group, Need, Pointer, rank
from kindregards.core.intent import Ask, Before, Intent, Kind, Reader, Turn
from kindregards.core.message import Address, Channel, Message, last_incoming
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.core.relevance import Judge, Judgement
from kindregards.desk.answers import OwnAnswers
from kindregards.desk.conversation import (
    AFTER,
    DECLINE_DAYS,
    PROTOCOL,
    SILENT,
    Action,
    Episode,
    Move,
    OwnerAct,
    State,
    Step,
    advance,
    owner_spoke,
)
from kindregards.desk.discretion import Private, look
from kindregards.desk.reply import Occasion, Reply, Stationery, compose
from kindregards.desk.triage import Clearance, Leave, Past, Words, clear

#: Between these probabilities of fitting the owner, nobody but the owner should decide.
UNSURE = (0.25, 0.6)
#: Below this confidence the owner decides.
CAUTION = 0.34
#: An ask that is this likely another one than before is a new ask.
SURE_OF_ASK = 0.5
#: A pointer is given only to somebody who asks for one as surely as this; an insult must never get one.
SURE_OF_TURN = 0.75
#: Sentences by which a draft of ours is known that the owner sent: a list of the wording, and what it does.
_OURS = {
    "welcome": OwnerAct.HAND,
    "invitation_yes": OwnerAct.HAND,
    "orient": OwnerAct.POINTER,
    "orient_none": OwnerAct.POINTER,
    "refusal": OwnerAct.NO,
    "invitation_no": OwnerAct.NO,
}
_SLOT = re.compile(r"\{\w+\}")
#: Turns that answer an answer.
_REACTIONS = (Turn.THANKS, Turn.ORIENTATION, Turn.INSISTENCE, Turn.HOSTILE, Turn.OPT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What the desk made of one conversation; the fields of DESIGN §6."""

    conversation: str
    message_id: str | None
    sender: Address
    date: datetime | None
    subject: str
    kind: Kind
    ask: Ask | None
    turn: Turn
    relevant: bool | None
    action: Action
    confidence: float
    language: str
    state: State
    reasons: tuple[Reason, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    reply: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One conversation and what is remembered of its correspondent; messages oldest first."""

    conversation: str
    thread: tuple[Message, ...]
    profile: Profile
    now: datetime
    past: Past = field(default_factory=Past)
    episodes: tuple[Episode, ...] = ()  #: other conversations with the same person
    drafted: State | None = None  #: where this conversation stands if a draft of ours, not known as sent, went out
    private: Private = field(default_factory=Private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the desk works with: reader, judge, words, stationery, groups."""

    reader: Reader
    judge: Judge
    words: Words
    answers: OwnAnswers
    stationery: Stationery
    groups: Sequence[Group]
    countries: Countries
    calibration: Calibration
    caution: float = CAUTION


def handle(dossier: Dossier, desk: Desk) -> Disposition | None:
    """Decide one conversation; None where nothing incoming stands in it or the owner answered real correspondence."""
    message = last_incoming(dossier.thread)
    if message is None:
        return None
    before, state, intent = _read(dossier, desk, message)
    clearance = clear(message, dossier.profile, dossier.past, dossier.now, desk.words)
    intent = _as_triage_says(intent, clearance, message)
    if dossier.thread[-1].outgoing:  # the owner had the last word: nothing is due
        return _answered(dossier, desk, message, intent, state) if intent.kind.personal else None
    if clearance.draft is Leave.NO and not clearance_speaks(clearance):
        return _silent(dossier, message, intent, clearance, state)
    if not intent.kind.personal:
        return _skip(dossier, message, intent, clearance, state, desk)
    return _decide(dossier, desk, message, intent, clearance, before, state)


def _read(dossier: Dossier, desk: Desk, message: Message) -> tuple[Before, State, Intent]:
    """Read the last message; a reaction to an answer shows that the draft of an earlier run went out."""
    before, state = history(dossier, desk)
    text = message.text or message.body
    intent = desk.reader.understand(message.subject, text, message.channel.value, before)
    if state is State.NEW and dossier.drafted and intent.turn in _REACTIONS:
        before, state = replace(before, answered=True), dossier.drafted
        intent = desk.reader.understand(message.subject, text, message.channel.value, before)
    return before, state, intent


def clearance_speaks(clearance: Clearance) -> bool:
    """Whether a no of triage's still leaves the protocol to be told (an opt-out is remembered for ever)."""
    return any(reason.name in ("OPTED_OUT", "BLOCKED") for reason in clearance.reasons)


def history(dossier: Dossier, desk: Desk) -> tuple[Before, State]:
    """Replay what passed before the last incoming message: what they wrote, and where the conversation stands."""
    state, last = State.NEW, last_incoming(dossier.thread)
    incoming: list[str] = []
    answer, pointed, language = "", False, ""
    for message in dossier.thread:
        if message is last:
            break
        if not message.outgoing:
            before = Before(incoming=tuple(incoming), answered=state is not State.NEW, pointed=pointed, answer=answer)
            state, language = _met_with_silence(desk, message, before, state)
            incoming.append(message.text or message.body)
        elif incoming:  # a message of the owner's that answers nothing is no answer
            answer = message.text or message.body
            state = owner_spoke(state, _act(dossier, desk, message, language))
            pointed = pointed or state is State.ORIENTED
    said = (episode for episode in dossier.episodes if episode.said or episode.declined)
    spoken = [episode for episode in said if episode.state is not State.NEW]
    if state is State.NEW and spoken:
        state = spoken[-1].state
    before = Before(incoming=tuple(incoming), answered=state is not State.NEW, pointed=pointed, answer=answer)
    return before, state


def _act(dossier: Dossier, desk: Desk, message: Message, language: str) -> OwnerAct:
    """What an answer of the owner's was: a draft of ours is known by its sentences, anything else is read."""
    text = message.text or message.body
    sent = "".join(text.casefold().split())
    for register in desk.stationery.wording(language, dossier.profile).registers.values():
        for name, act in _OURS.items():
            if any(_stands(variant, sent) for variant in register.texts[name]):
                return act
    return desk.answers.read(text)


def _stands(variant: str, sent: str) -> bool:
    """Whether all of a variant but its slots stands in a text without blanks."""
    return all(part in sent for part in _SLOT.split("".join(variant.casefold().split())))


def _met_with_silence(desk: Desk, message: Message, before: Before, state: State) -> tuple[State, str]:
    """The state after an earlier message of theirs, and its language.

    An answer shows in the thread, silence has to be worked out.
    """
    intent = desk.reader.understand(message.subject, message.text or message.body, message.channel.value, before)
    move = PROTOCOL[state][intent.turn]
    return AFTER[SILENT[move]] if intent.kind.personal and move in SILENT else state, intent.language


def _as_triage_says(intent: Intent, clearance: Clearance, message: Message) -> Intent:
    """What marks show is surer than what words look like; an invitation of the network is one by its channel."""
    if message.channel is Channel.INVITATION:
        turn = intent.turn if intent.kind is Kind.INVITATION else Turn.OPENING
        likeliest = max(intent.asks, key=lambda ask: intent.asks[ask], default=Ask.REQUEST_CONNECTION)
        ask = likeliest if message.text.strip() else Ask.REQUEST_CONNECTION
        return replace(intent, kind=Kind.INVITATION, ask=ask, turn=turn, kinds={Kind.INVITATION: 1.0})
    kind = clearance.kind
    if message.channel is Channel.NOTIFICATION and (kind is None or kind.personal):
        kind = Kind.PLATFORM
    if kind is None:
        return intent
    if kind.personal:
        return replace(intent, kind=kind)
    return replace(intent, kind=kind, ask=None, turn=Turn.OTHER, kinds={kind: 1.0})


def _decide(
    dossier: Dossier,
    desk: Desk,
    message: Message,
    intent: Intent,
    clearance: Clearance,
    before: Before,
    state: State,
) -> Disposition:
    """Judge, advance, compose and look over: the way of a solicitation."""
    intent = _in_the_light_of(intent, dossier, state)
    text = "\n".join((message.subject, *before.incoming, message.text or message.body))
    judged = desk.judge.judge(intent, text, dossier.profile)
    confidence = desk.calibration.of(intent, judged, answered=before.answered)
    wanted, doubt = answer(intent, judged, message, confidence, desk.caution)
    step = advance(state, intent.turn, wanted, declines=_declines(dossier, desk, intent.language))
    if dossier.past.opted_out or any(episode.opted_out for episode in dossier.episodes):
        step = Step(action=Action.REST, state=State.RESTING, move=Move.REST)
    unclear = _unclear(dossier, intent, step)
    if unclear:
        step = Step(action=Action.HOLD, state=State.HANDED, move=Move.HAND)
    pointers = _pointers(step.action, intent, message, text, desk)
    reasons = (*clearance.reasons, _reading(intent), *judged.reasons, *doubt, *_protocol(state, intent, step), *unclear)
    reply, refused = _compose(dossier, desk, message, intent, judged, step, pointers, again=_unanswered(before))
    if refused or (clearance.draft is Leave.NO and reply):
        step, reply = Step(action=Action.HOLD, state=State.HANDED, move=Move.HAND), None
    return _disposition(
        dossier,
        message,
        intent,
        step,
        relevant=judged.relevant,
        confidence=confidence,
        reasons=(*reasons, *refused),
        pointers=pointers if reply else (),
        reply=reply,
    )


def _in_the_light_of(intent: Intent, dossier: Dossier, state: State) -> Intent:
    """Read an opening in another thread, after an answer to the same person, as more of the same, or as new."""
    if state is State.NEW or intent.turn not in (Turn.OPENING, Turn.FOLLOW_UP):
        return intent
    asked = {episode.ask for episode in dossier.episodes if episode.said or episode.declined}
    another = intent.ask not in asked and intent.asks.get(intent.ask, 0.0) >= SURE_OF_ASK if intent.ask else False
    if asked and not another:
        return replace(intent, turn=Turn.INSISTENCE)
    return replace(intent, turn=Turn.NEW_ASK) if asked else intent


def answer(
    intent: Intent, judged: Judgement, message: Message, confidence: float, caution: float
) -> tuple[Action, tuple[Reason, ...]]:
    """The answer that would be right for the ask if the protocol leaves one, and why it is doubted where it is."""
    if confidence < caution:
        why = Reason(name="UNSURE", text=f"not sure enough of what this is ({confidence:.0%})", warning=True)
        return Action.HOLD, (why,)
    if message.channel is Channel.INVITATION and not message.text.strip():
        return Action.HOLD, (Reason(name="NO_NOTE", text="an invitation without a word: only you can tell"),)
    low, high = UNSURE
    if low < judged.probability < high:
        text = f"it may fit you ({judged.probability:.0%}): only you can tell"
        return Action.HOLD, (Reason(name="BORDER", text=text, warning=True),)
    invitation = intent.kind is Kind.INVITATION
    if judged.probability >= high:
        return (Action.ACCEPT_INVITATION if invitation else Action.WELCOME), ()
    return (Action.DECLINE_INVITATION if invitation else Action.DECLINE), ()


def _unclear(dossier: Dossier, intent: Intent, step: Step) -> tuple[Reason, ...]:
    """Why nothing may be said after all: the order of messages or the turn is not certain (DESIGN §5)."""
    if compose_due(step.action) and not all(message.date for message in dossier.thread):
        return (Reason(name="UNDATED", text="a date cannot be read, so the order is not certain", warning=True),)
    sure = intent.turns.get(intent.turn, 0.0)
    if step.move is Move.POINT and sure < SURE_OF_TURN:
        return (Reason(name="UNSURE_TURN", text=f"may ask where to turn, or not ({sure:.0%})", warning=True),)
    return ()


def _declines(dossier: Dossier, desk: Desk, language: str) -> int:
    """The noes this correspondent had in the last `DECLINE_DAYS`, in other conversations and in this one."""
    since = dossier.now - timedelta(days=DECLINE_DAYS)
    there = sum(1 for episode in dossier.episodes if episode.declined and episode.declined >= since)
    thread = dropwhile(lambda message: message.outgoing, dossier.thread)  # what answers nothing is no answer
    answers = (m for m in thread if m.outgoing and (m.date is None or m.date >= since))
    return there + sum(_act(dossier, desk, message, language) is OwnerAct.NO for message in answers)


def _pointers(action: Action, intent: Intent, message: Message, text: str, desk: Desk) -> tuple[Pointer, ...]:
    if action is not Action.ORIENT or intent.ask is None:
        return ()
    countries = desk.countries.of(message.sender.domain, intent.language)
    return rank(Need(ask=intent.ask, text=text, language=intent.language, countries=countries), desk.groups)


def _unanswered(before: Before) -> bool:
    return bool(before.incoming) and not before.answered


def _compose(
    dossier: Dossier,
    desk: Desk,
    message: Message,
    intent: Intent,
    judged: Judgement,
    step: Step,
    pointers: tuple[Pointer, ...],
    *,
    again: bool,
) -> tuple[Reply | None, tuple[Reason, ...]]:
    """The reply, looked over; a reason instead where it may not exist."""
    if message.is_mail and not message.sender.address:
        why = Reason(name="NO_AUTHOR", text="it names no single author who could be answered", warning=True)
        return None, (why,) if compose_due(step.action) else ()
    occasion = Occasion(
        message=message,
        action=step.action,
        intent=intent,
        judgement=judged,
        profile=dossier.profile,
        pointers=pointers,
        again=again,
    )
    reply = compose(occasion, desk.stationery)
    if reply is None:
        return None, ()
    try:
        return look(reply, dossier.private), ()
    except DiscretionError as why:
        return None, (Reason(name="DISCRETION", text=str(why), warning=True),)


def compose_due(action: Action) -> bool:
    """Whether an action speaks."""
    return action in (
        Action.DECLINE,
        Action.ORIENT,
        Action.WELCOME,
        Action.DECLINE_INVITATION,
        Action.ACCEPT_INVITATION,
    )


def _reading(intent: Intent) -> Reason:
    sure = intent.asks.get(intent.ask, 0.0) if intent.ask else 0.0
    asks = f", asks {intent.ask.value} ({sure:.0%})" if intent.ask else ""
    kind = intent.kinds.get(intent.kind, 0.0)
    return Reason(name="READING", text=f"reads as {intent.kind.value} ({kind:.0%}){asks}, {intent.turn.value}")


def _protocol(state: State, intent: Intent, step: Step) -> tuple[Reason, ...]:
    if state is State.NEW and step.move is Move.JUDGE:
        return ()
    text = f"the conversation is {state.value} and this is {intent.turn.value}: {step.move.value}"
    return (Reason(name="PROTOCOL", text=text),)


def _skip(
    dossier: Dossier, message: Message, intent: Intent, clearance: Clearance, state: State, desk: Desk
) -> Disposition:
    """Leave alone what is no solicitation; where that is doubtful, say so."""
    step = Step(action=Action.SKIP, state=state, move=Move.HAND)
    confidence = desk.calibration.of(intent, None, answered=state is not State.NEW)
    return _disposition(
        dossier, message, intent, step, confidence=confidence, reasons=(*clearance.reasons, _reading(intent))
    )


def _silent(dossier: Dossier, message: Message, intent: Intent, clearance: Clearance, state: State) -> Disposition:
    """Say nothing where a gate of triage says no; what is no personal message is skipped."""
    step = Step(action=Action.SKIP, state=state, move=Move.HAND)
    sure = 0.99 if clearance.kind else 0.9
    return _disposition(dossier, message, intent, step, confidence=sure, reasons=clearance.reasons)


def _answered(dossier: Dossier, desk: Desk, message: Message, intent: Intent, state: State) -> Disposition:
    """Report a solicitation that the owner has answered with the last message."""
    for answer in dossier.thread[dossier.thread.index(message) + 1 :]:
        state = owner_spoke(state, _act(dossier, desk, answer, intent.language))
    step = Step(action=Action.CLOSE, state=state, move=Move.CLOSE)
    reason = Reason(name="OWNER_ANSWERED", text="you have answered this yourself")
    return _disposition(dossier, message, intent, step, confidence=0.95, reasons=(reason,))


def _disposition(
    dossier: Dossier,
    message: Message,
    intent: Intent,
    step: Step,
    *,
    confidence: float,
    reasons: tuple[Reason, ...],
    relevant: bool | None = None,
    pointers: tuple[Pointer, ...] = (),
    reply: Reply | None = None,
) -> Disposition:
    return Disposition(
        conversation=dossier.conversation,
        message_id=message.message_id,
        sender=message.sender,
        date=message.date,
        subject=message.subject,
        kind=intent.kind,
        ask=intent.ask,
        turn=intent.turn,
        relevant=relevant,
        action=step.action,
        confidence=round(confidence, 4),
        language=intent.language,
        state=step.state,
        reasons=reasons,
        pointers=pointers,
        reply=reply,
    )
