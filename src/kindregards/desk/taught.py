"""What the owner taught, applied to what was read, judged and decided.

A lesson about the sender is followed as far as the protocol allows; lessons about messages of others only shift
probabilities. A gate of triage that told what a message is, somebody's wish not to be written to, and discretion are
surer than any lesson; none of them is looked at here.
"""

from collections.abc import Mapping
from dataclasses import replace

from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.lessons import Correction, Counsel, Lean, shifted
from kindregards.core.reader import likeliest
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import NOES, PROTOCOL, YESES, Action, Move, State, Step, silent
from kindregards.desk.reply import SPEAKING

#: How sure the desk is of what the owner said about this very message.
SURE = 0.99
#: Corrections that answer an ask, as the protocol leaves it to be judged.
_ANSWERS = frozenset(Correction) - {Correction.ORIENT, Correction.REST, Correction.SKIP}
#: Where a correction was followed: whether to welcome or to accept is told by the kind of the message.
_MEANT = {
    Correction.WELCOME: YESES,
    Correction.ACCEPT_INVITATION: YESES,
    Correction.DECLINE: NOES,
    Correction.DECLINE_INVITATION: NOES,
}
#: Kinds that no lesson about another message makes a solicitation of.
_NEVER = (Kind.FRAUD, Kind.AUTOMATIC, Kind.PLATFORM)


def read(intent: Intent, counsel: Counsel) -> Intent:
    """What a message is and asks after the lessons."""
    intent = _of_kind(intent, counsel)
    if not intent.kind.personal:
        return intent
    for ask, lean in counsel.asks.items():
        intent = _asking(intent, ask, lean)
    return intent


def _of_kind(intent: Intent, counsel: Counsel) -> Intent:
    """Shift whether a person asks something at all; what a gate or a channel was certain of is only turned by a skip.

    Absence notes, the network's mail and fraud stay what they are, whoever sends them, but for the very message.
    """
    certain = len(intent.kinds) == 1
    shift = counsel.personal.shift
    if not shift or (shift > 0 and (certain or (intent.kind in _NEVER and not counsel.exact))):
        return intent
    before = intent.personal
    kinds = _shared_out(intent.kinds, before, shifted(before, shift))
    kind = likeliest(kinds)
    if certain and kind.personal:
        return intent
    if kind.personal is intent.kind.personal:
        return replace(intent, kinds=kinds)
    if not kind.personal:
        return replace(intent, kind=kind, kinds=kinds, ask=None, turn=Turn.OTHER, topic=())
    return replace(
        intent,
        kind=Kind.SOLICITATION,  # an invitation of the network shows in its channel and was read as one
        kinds=kinds,
        ask=max(intent.asks, key=lambda ask: intent.asks[ask], default=Ask.REQUEST_OTHER),
        turn=max(intent.turns, key=lambda turn: intent.turns[turn], default=Turn.OPENING),
    )


def _shared_out(kinds: Mapping[Kind, float], before: float, after: float) -> dict[Kind, float]:
    """The kinds with this probability of the personal ones together, in the proportions they had."""
    shares = {Kind.SOLICITATION: 0.0, Kind.CORRESPONDENCE: 0.0} | dict(kinds)
    if before <= 0.0:
        shares[Kind.SOLICITATION] = before = 1e-9
    rest = sum(shares.values()) - before
    if rest <= 0.0:
        shares[Kind.CORRESPONDENCE] = rest = 1e-9
    return {kind: value * (after / before if kind.personal else (1.0 - after) / rest) for kind, value in shares.items()}


def _asking(intent: Intent, ask: Ask, lean: Lean) -> Intent:
    """Shift how likely one ask is; where it becomes the likeliest, the words found for another one go."""
    before = intent.asks.get(ask, 0.0)
    after = shifted(before, lean.shift)
    rest = max(1.0 - before, 1e-9)
    asks = {each: value * (1.0 - after) / rest for each, value in intent.asks.items()} | {ask: after}
    if intent.ask is ask or after < max(asks.values()):
        return replace(intent, asks=asks)
    return replace(intent, ask=ask, asks=asks, topic=())


def turned(intent: Intent, counsel: Counsel, state: State) -> Intent:
    """Read the very message that was taught as the turn that allows what was taught, where there is one.

    A wish not to be written to stays one, however it was read: that is never unlearnt.
    """
    own = counsel.own
    if own is None or not counsel.exact or intent.turn is Turn.OPT_OUT:
        return intent
    if own.action is Correction.ORIENT and PROTOCOL[state][Turn.ORIENTATION] is Move.POINT:
        return replace(intent, turn=Turn.ORIENTATION, turns={Turn.ORIENTATION: 1.0})
    first = Turn.OPENING if state is State.NEW else Turn.NEW_ASK
    may, might = PROTOCOL[state][intent.turn], PROTOCOL[state][first]
    if own.action in _ANSWERS and might is Move.JUDGE and may is not Move.JUDGE:
        return replace(intent, turn=first, turns={first: 1.0})
    return intent


def judged(judgement: Judgement, counsel: Counsel, unsure: tuple[float, float]) -> Judgement:
    """Whether an ask fits the owner after the lessons; between `unsure` only the owner can tell."""
    if judgement.relevant is None:
        return judgement
    after = _pulled(shifted(judgement.probability, counsel.fits.shift), counsel.open.shift, unsure)
    relevant = after >= unsure[1]
    if relevant is judgement.relevant:
        return replace(judgement, probability=after)
    # the statement that decided decides no more
    return replace(judgement, probability=after, relevant=relevant, statement="", side="")


def _pulled(probability: float, pull: float, unsure: tuple[float, float]) -> float:
    """A probability drawn towards the middle of where only the owner can tell, and not beyond it."""
    middle = sum(unsure) / 2
    if probability > middle:
        return max(middle, shifted(probability, -pull))
    return min(middle, shifted(probability, pull))


def holds(counsel: Counsel) -> bool:
    """Whether the owner wants to decide about this sender themselves."""
    return counsel.own is not None and counsel.own.action is Correction.HOLD


def skips(counsel: Counsel) -> bool:
    """Whether the owner said of this sender that they ask nothing."""
    return counsel.own is not None and counsel.own.action is Correction.SKIP


def acted(step: Step, counsel: Counsel) -> Step:
    """Say nothing where the owner taught to rest about this sender, or wants to decide themselves."""
    if counsel.own is None:
        return step
    if counsel.own.action is Correction.REST:
        return silent(Move.REST)
    if holds(counsel) and (counsel.exact or step.action in SPEAKING):
        return silent(Move.HAND)
    return step


def followed(counsel: Counsel, action: Action) -> bool:
    """Whether an action is what the owner said of this very message."""
    if counsel.own is None or not counsel.exact:
        return False
    return action in _MEANT.get(counsel.own.action, ()) or action.value == counsel.own.action.value
