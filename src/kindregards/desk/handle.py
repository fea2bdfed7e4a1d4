"""The whole desk on one page: a conversation goes in, a disposition comes out; nothing is read or written here.

    triage -> understand -> judge -> advance -> compose -> discretion

`handle` is given values (messages, what is remembered, the profile, groups, what to keep private, the time) and
returns one. Whatever is unknown ends in `hold`, never in a reply.
"""

from dataclasses import replace

from kindregards.core.confidence import Course
from kindregards.core.errors import DiscretionError
from kindregards.core.groups import Need, Pointer, rank
from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.lessons import SILENT, Counsel
from kindregards.core.message import Channel, Message, last_incoming
from kindregards.core.reasons import Reason
from kindregards.core.relevance import Judgement
from kindregards.desk import taught
from kindregards.desk.conversation import NOES, YESES, Action, Move, State, Step, advance, owner_spoke, silent, verdict
from kindregards.desk.discretion import look
from kindregards.desk.dossier import Desk, Disposition, Dossier
from kindregards.desk.replay import act, declines, history, in_the_light_of
from kindregards.desk.reply import SPEAKING, Occasion, Reply, compose
from kindregards.desk.second import First, hear
from kindregards.desk.triage import Clearance, Leave, clear

__all__ = ["Desk", "Disposition", "Dossier", "answer", "handle", "history"]

#: Between these probabilities of fitting the owner, nobody but the owner should decide.
UNSURE = (0.2, 0.5)
#: A pointer is given only to somebody who asks for one as surely as this; an insult must never get one.
SURE_OF_TURN = 0.85
#: An answer goes only to what is as surely asked of the owner by a person as this, and more surely where the header
#: speaks against it: real correspondence, lists and crooks are the owner's matter.
SURE_OF_KIND, SURER_OF_KIND = 0.75, 0.95
_AGAINST = ("NOT_ADDRESSED", "MANY_RECIPIENTS", "OTHER_THREAD", "COLLEAGUE")
#: Turns that answer an answer.
_REACTIONS = (Turn.THANKS, Turn.ORIENTATION, Turn.INSISTENCE, Turn.HOSTILE, Turn.OPT_OUT)


def handle(dossier: Dossier, desk: Desk) -> Disposition | None:
    """Decide one conversation; None where nothing incoming stands in it or the owner answered real correspondence."""
    message = last_incoming(dossier.thread)
    if message is None:
        return None
    clearance = clear(message, dossier.profile, dossier.past, dossier.now, desk.words)
    mute = clearance.draft is Leave.NO and not clearance_speaks(clearance)
    before, state = history(dossier, desk)
    if mute and clearance.kind and not clearance.kind.personal and not dossier.thread[-1].outgoing:
        language = desk.reader.language(message.subject, message.readable)  # what it asks need not be read
        intent = Intent(kind=clearance.kind, ask=None, turn=Turn.OTHER, language=language)
        return _silent(dossier, message, intent, clearance, state)
    before, state, intent = _read(dossier, desk, message, before, state)
    traits = desk.observer.traits(_whole(message, before), intent) if desk.observer else None
    counsel = dossier.lessons.on(
        traits, person=message.sender.person, conversation=dossier.conversation, message=message.key
    )
    intent = taught.read(_as_triage_says(intent, clearance, message), counsel)
    if dossier.thread[-1].outgoing:  # the owner had the last word: nothing is due
        found = _answered(dossier, desk, message, intent, state) if intent.kind.personal else None
    elif mute:
        found = _silent(dossier, message, intent, clearance, state)
    elif not intent.kind.personal:
        found = _skip(dossier, message, intent, clearance, state, desk, counsel)
    else:
        found = _decide(dossier, desk, message, intent, clearance, before, state, counsel)
    if found and taught.followed(counsel, found.action):
        found = replace(found, confidence=taught.SURE)
    return found and replace(found, traits=traits)


def _whole(message: Message, before: Before) -> str:
    """All that the correspondent wrote in a conversation."""
    return "\n".join((message.subject, *before.incoming, message.readable))


def _read(dossier: Dossier, desk: Desk, message: Message, before: Before, state: State) -> tuple[Before, State, Intent]:
    """Read the last message; a reaction to an answer shows that the draft of an earlier run went out."""
    text = message.readable
    intent = desk.reader.understand(message.subject, text, message.channel.value, before)
    if state is State.NEW and dossier.drafted and intent.turn in _REACTIONS:
        before, state = replace(before, answered=True), dossier.drafted
        intent = desk.reader.understand(message.subject, text, message.channel.value, before)
    return before, state, intent


def clearance_speaks(clearance: Clearance) -> bool:
    """Whether a no of triage's still leaves the protocol to be told (an opt-out is remembered for ever)."""
    return any(reason.name in ("OPTED_OUT", "BLOCKED") for reason in clearance.reasons)


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
    counsel: Counsel,
) -> Disposition:
    """Judge, advance, compose and look over: the way of a solicitation."""
    intent = taught.turned(in_the_light_of(intent, dossier, state), counsel, state)
    text = _whole(message, before)
    found = desk.judge.judge(intent, text, dossier.profile, answered=before.answered)
    judged = taught.judged(found, counsel, UNSURE)
    wanted, doubt = answer(intent, judged, message, counsel)
    noes = declines(dossier, desk, state, intent.language)
    step = advance(state, intent.turn, wanted, declines=noes)
    confidence = desk.calibration.of(intent, judged, course(step))
    unsure = confidence < desk.calibration.least(course(step), desk.caution)
    if unsure and step.action is not Action.HOLD and counsel.own is None:
        guess = f"not sure enough ({confidence:.0%}); the best guess is {step.action.value}"
        doubt = (Reason(name="UNSURE", text=guess, warning=True),)
        step = advance(state, intent.turn, Action.HOLD, declines=noes)
    opted_out = dossier.past.opted_out or any(episode.opted_out for episode in dossier.episodes)
    step = silent(Move.REST) if opted_out else taught.acted(step, counsel)
    unclear = _unclear(dossier, intent, clearance, step)
    if unclear:
        step = silent(Move.HAND)
    told = _protocol(state, intent, step)
    first = First(message=message, clearance=clearance, intent=intent, state=state, step=step, relevant=judged.relevant)
    step, heard = (step, ()) if unclear or counsel.own else hear(dossier, desk, first)
    if step is not first.step:
        confidence = min(confidence, desk.calibration.of(intent, judged, Course.OPEN))
    pointers = _pointers(step.action, intent, message, text, desk)
    why = (*counsel.reasons(judged=True), *judged.reasons, *doubt)
    reasons = (*clearance.reasons, _reading(intent), *why, *told, *unclear, *heard)
    reply, refused = _compose(dossier, desk, message, intent, judged, step, pointers, again=_unanswered(before))
    if refused or (clearance.draft is Leave.NO and reply):
        step, reply = silent(Move.HAND), None
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


def course(step: Step) -> Course:
    """Which course a step is, for the question how sure it is."""
    if step.move is not Move.JUDGE and step.action is not Action.HOLD:
        return Course.LEFT if step.action is Action.SKIP else Course.REACTION
    if step.action in NOES:
        return Course.NO
    return Course.YES if step.action in YESES else Course.OPEN


def answer(
    intent: Intent, judged: Judgement, message: Message, counsel: Counsel = SILENT
) -> tuple[Action, tuple[Reason, ...]]:
    """The answer that would be right for the ask if the protocol leaves one, and why it is doubted where it is."""
    if taught.holds(counsel):
        return Action.HOLD, ()
    if counsel.own is None and message.channel is Channel.INVITATION and not message.text.strip():
        return Action.HOLD, (Reason(name="NO_NOTE", text="an invitation without a word: only you can tell"),)
    low, high = UNSURE
    if low < judged.probability < high:
        text = f"it may fit you ({judged.probability:.0%}): only you can tell"
        return Action.HOLD, (Reason(name="BORDER", text=text, warning=True),)
    return verdict(fits=judged.probability >= high, invitation=intent.kind is Kind.INVITATION), ()


def _unclear(dossier: Dossier, intent: Intent, clearance: Clearance, step: Step) -> tuple[Reason, ...]:
    """Why nothing may be said after all: order of messages, turn or kind are not certain (DESIGN §5)."""
    if step.action not in SPEAKING:
        return ()
    against = any(reason.name in _AGAINST for reason in clearance.reasons)
    if intent.personal < (SURER_OF_KIND if against else SURE_OF_KIND):
        text = f"it may be no solicitation at all ({intent.personal:.0%} that it is): only you can tell"
        return (Reason(name="UNSURE_KIND", text=text, warning=True),)
    if dossier.past.known:
        return (Reason(name="KNOWN", text="you know this person: nobody answers in your stead", warning=True),)
    if len(dossier.thread) > 1 and not all(message.date for message in dossier.thread):
        return (Reason(name="UNDATED", text="a date cannot be read, so the order is not certain", warning=True),)
    sure = intent.turns.get(intent.turn, 0.0)
    if step.move is Move.POINT and sure < SURE_OF_TURN:
        return (Reason(name="UNSURE_TURN", text=f"may ask where to turn, or not ({sure:.0%})", warning=True),)
    return ()


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
        return None, (why,) if step.action in SPEAKING else ()
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
    dossier: Dossier,
    message: Message,
    intent: Intent,
    clearance: Clearance,
    state: State,
    desk: Desk,
    counsel: Counsel,
) -> Disposition:
    """Leave alone what is no solicitation; where that is doubtful, say so."""
    step = Step(action=Action.SKIP, state=state, move=Move.HAND)
    first = First(message=message, clearance=clearance, intent=intent, state=state, step=step)
    told = taught.skips(counsel)
    step, heard = (step, ()) if told else hear(dossier, desk, first)
    confidence = desk.calibration.of(intent, None, Course.LEFT)
    if step is not first.step:
        confidence = min(confidence, desk.calibration.of(intent, None, Course.OPEN))
    moved = clearance.kind is None and (told or counsel.own is None)  # a gate is surer than a lesson
    lessons = counsel.reasons(judged=False) if moved else ()
    reasons = (*clearance.reasons, _reading(intent), *lessons, *heard)
    return _disposition(dossier, message, intent, step, confidence=confidence, reasons=reasons)


def _silent(dossier: Dossier, message: Message, intent: Intent, clearance: Clearance, state: State) -> Disposition:
    """Say nothing where a gate of triage says no; what is no personal message is skipped."""
    step = Step(action=Action.SKIP, state=state, move=Move.HAND)
    sure = 0.99 if clearance.kind else 0.9
    return _disposition(dossier, message, intent, step, confidence=sure, reasons=clearance.reasons)


def _answered(dossier: Dossier, desk: Desk, message: Message, intent: Intent, state: State) -> Disposition:
    """Report a solicitation that the owner has answered with the last message."""
    for answer in dossier.thread[dossier.thread.index(message) + 1 :]:
        state = owner_spoke(state, act(dossier, desk, answer, intent.language))
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
