"""The protocol: one table of states and turns is the specification, the program and the drawing (DESIGN §5).

It decides what may be said, never what is true: `judged` is what relevance found for the ask. At most one no for one
ask, at most one pointer, and from CLOSED, RESTING and HANDED never a word. Times and counts are the caller's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from kindregards.core.intent import Ask, Turn

#: At most this many noes to one correspondent in `DECLINE_DAYS`, whatever they ask (DESIGN §5).
MOST_DECLINES = 2
DECLINE_DAYS = 365
#: Silence after an answer closes a conversation.
SILENCE_DAYS = 30


class State(Enum):
    """Where a conversation stands."""

    NEW = "new"  #: nobody has answered yet
    ANSWERED = "answered"  #: the courteous no is given
    ORIENTED = "oriented"  #: a pointer is given
    CLOSED = "closed"  #: they thanked, or fell silent
    RESTING = "resting"  #: they insisted, insulted or asked for silence: not another word
    HANDED = "handed"  #: it is the owner's


class Action(Enum):
    """What the desk does about a message."""

    DECLINE = "decline"  #: a courteous no that says why
    ORIENT = "orient"  #: a group or a public place to turn to
    WELCOME = "welcome"  #: relevant: handed over with a warm holding draft
    HOLD = "hold"  #: unclear, delicate or risky: the owner decides
    REST = "rest"  #: silence, never anger
    CLOSE = "close"  #: nothing to answer
    ACCEPT_INVITATION = "accept-invitation"  #: connect
    DECLINE_INVITATION = "decline-invitation"  #: a courteous no to connecting
    SKIP = "skip"  #: not a solicitation: left alone


class Move(Enum):
    """What the table allows for a turn."""

    JUDGE = "answer as judged"  #: decline, welcome, hold, accept or decline an invitation
    POINT = "orient"  #: give the one pointer
    CLOSE = "close"  #: let it end well
    REST = "rest"  #: say nothing, for good
    HAND = "hold"  #: say nothing, give it to the owner


class OwnerAct(Enum):
    """What the owner did with their own hand."""

    NO = "owner says no"  #: a courteous no of the owner's own
    POINTER = "owner points elsewhere"  #: the owner named another place
    HAND = "owner takes over"  #: any other answer: a real conversation


_REPEAT = dict.fromkeys((Turn.OPENING, Turn.FOLLOW_UP, Turn.INSISTENCE, Turn.HOSTILE, Turn.OPT_OUT), Move.REST)

#: State x turn -> what may be done. NEW has no earlier answer, so a reaction to one is read as the first message.
PROTOCOL: dict[State, dict[Turn, Move]] = {
    State.NEW: dict.fromkeys(Turn, Move.JUDGE)
    | {Turn.THANKS: Move.CLOSE, Turn.HOSTILE: Move.REST, Turn.OPT_OUT: Move.REST},
    State.ANSWERED: _REPEAT
    | {Turn.THANKS: Move.CLOSE, Turn.ORIENTATION: Move.POINT, Turn.NEW_ASK: Move.JUDGE, Turn.OTHER: Move.HAND},
    State.ORIENTED: _REPEAT
    | {Turn.THANKS: Move.CLOSE, Turn.ORIENTATION: Move.HAND, Turn.NEW_ASK: Move.JUDGE, Turn.OTHER: Move.HAND},
    State.CLOSED: _REPEAT
    | {Turn.THANKS: Move.CLOSE, Turn.ORIENTATION: Move.HAND, Turn.NEW_ASK: Move.HAND, Turn.OTHER: Move.HAND},
    State.RESTING: dict.fromkeys(Turn, Move.REST),
    State.HANDED: dict.fromkeys(Turn, Move.HAND),
}

#: Where each action leads.
AFTER: dict[Action, State] = {
    Action.DECLINE: State.ANSWERED,
    Action.DECLINE_INVITATION: State.ANSWERED,
    Action.ORIENT: State.ORIENTED,
    Action.WELCOME: State.HANDED,
    Action.ACCEPT_INVITATION: State.HANDED,
    Action.HOLD: State.HANDED,
    Action.CLOSE: State.CLOSED,
    Action.REST: State.RESTING,
}

#: What the owner's own answer makes of each state; states not named stay as they are.
OWNER: dict[OwnerAct, dict[State, State]] = {
    OwnerAct.NO: {State.NEW: State.ANSWERED},
    OwnerAct.POINTER: dict.fromkeys((State.NEW, State.ANSWERED), State.ORIENTED),
    OwnerAct.HAND: dict.fromkeys(State, State.HANDED),
}

#: What the moves that say nothing are.
SILENT = {Move.CLOSE: Action.CLOSE, Move.REST: Action.REST, Move.HAND: Action.HOLD}
#: A no and a yes, to what is asked and to a request to connect.
NOES = (Action.DECLINE, Action.DECLINE_INVITATION)
YESES = (Action.WELCOME, Action.ACCEPT_INVITATION)
#: States in which nothing is said any more, whatever they write.
SETTLED = (State.RESTING, State.HANDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a conversation: what to do, and the state it leads to."""

    action: Action
    state: State
    move: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What is remembered of one conversation with a correspondent.

    `said` tells that the answer is known to have gone out; a draft that nobody released is not said, and a later
    message replaces it. `declined` is when the no was given, None where there was none.
    """

    conversation: str
    state: State
    ask: Ask | None = None
    said: bool = False
    declined: datetime | None = None
    opted_out: bool = False


def verdict(*, fits: bool, invitation: bool) -> Action:
    """The answer that is right for an ask, if the protocol leaves one."""
    return (YESES if fits else NOES)[invitation]


def silent(move: Move) -> Step:
    """The step of a move that says nothing."""
    return Step(action=SILENT[move], state=AFTER[SILENT[move]], move=move)


def advance(state: State, turn: Turn, judged: Action, *, declines: int = 0) -> Step:
    """Say what is done about a turn in a state.

    `judged` is the answer that relevance found right for the ask; it counts only where the table says JUDGE.
    `declines` is the number of noes this correspondent had in the last `DECLINE_DAYS`; at `MOST_DECLINES` another no
    becomes silence.
    """
    move = PROTOCOL[state][turn]
    if move is Move.POINT:
        return Step(action=Action.ORIENT, state=State.ORIENTED, move=move)
    if move is not Move.JUDGE:
        return silent(move)
    if judged in NOES and declines >= MOST_DECLINES:
        return silent(Move.REST)
    return Step(action=judged, state=AFTER[judged], move=move)


def owner_spoke(state: State, act: OwnerAct) -> State:
    """The state after the owner answered with their own hand."""
    return OWNER[act].get(state, state)


def edges() -> Iterator[tuple[State, str, State]]:
    """Every arrow of the drawing: from, label, to; `docs/protocol.md` is made of it."""
    for state, turns in PROTOCOL.items():
        for turn, move in turns.items():
            if move is Move.JUDGE:
                for judged in (Action.DECLINE, Action.WELCOME, Action.HOLD):
                    yield state, f"{turn.value} / {judged.value}", AFTER[judged]
                yield state, f"{turn.value} / {MOST_DECLINES} noes already", AFTER[Action.REST]
            else:
                action = Action.ORIENT if move is Move.POINT else SILENT[move]
                yield state, f"{turn.value} / {action.value}", AFTER[action]
    for act, changes in OWNER.items():
        for before, after in changes.items():
            if before is not after:
                yield before, act.value, after
