"""The protocol: what holds in every sequence of turns, played out through the table."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from kindregards.core.intent import Turn
from kindregards.desk.conversation import (
    AFTER,
    MOST_DECLINES,
    OWNER,
    PROTOCOL,
    Action,
    Move,
    OwnerAct,
    State,
    Step,
    advance,
    edges,
    owner_spoke,
)

#: What relevance may find right for an ask.
JUDGED = (Action.DECLINE, Action.WELCOME, Action.HOLD, Action.ACCEPT_INVITATION, Action.DECLINE_INVITATION)
NOES = (Action.DECLINE, Action.DECLINE_INVITATION)
SPEAKING = (*NOES, Action.ORIENT, Action.WELCOME, Action.ACCEPT_INVITATION)
SILENT_STATES = (State.CLOSED, State.RESTING, State.HANDED)
LONGEST = 7
#: What may come next in a conversation: a turn of theirs with what was judged, or the owner's own word.
NEXT = tuple((turn, judged) for turn in Turn for judged in JUDGED) + tuple(OwnerAct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """All of a conversation so far that any promise depends on."""

    state: State = State.NEW
    noes: int = 0  #: for the ask at hand
    pointers: int = 0  #: for the ask at hand
    declines: int = 0  #: by the desk, for whatever they asked
    opted_out: bool = False


def theirs(before: Played, turn: Turn, judged: Action) -> tuple[Played, Step]:
    """Play one turn of theirs; another ask than before starts with neither a no nor a pointer."""
    step = advance(before.state, turn, judged, declines=before.declines)
    afresh = replace(before, noes=0, pointers=0) if turn is Turn.NEW_ASK else before
    no = step.action in NOES
    after = Played(
        state=step.state,
        noes=afresh.noes + no,
        pointers=afresh.pointers + (step.action is Action.ORIENT),
        declines=before.declines + no,
        opted_out=before.opted_out or turn is Turn.OPT_OUT,
    )
    return after, step


def owners(before: Played, act: OwnerAct) -> Played:
    """Play the owner's own word: a no or a pointer of theirs counts as the one there may be."""
    return replace(
        before,
        state=owner_spoke(before.state, act),
        noes=max(before.noes, int(act is OwnerAct.NO)),
        pointers=max(before.pointers, int(act is OwnerAct.POINTER)),
    )


def promised(before: Played, after: Played, step: Step) -> None:
    """What the desk promises of every single step."""
    speaks = step.action in SPEAKING
    assert step.action in {*JUDGED, Action.ORIENT, Action.REST, Action.CLOSE}
    assert step.state is AFTER[step.action]
    assert not (speaks and before.state in SILENT_STATES), "a word out of silence"
    assert not (speaks and after.opted_out), "a word after an opt-out"
    assert after.noes <= 1, "two noes for one ask"
    assert after.pointers <= 1, "two pointers for one ask"
    assert after.declines <= MOST_DECLINES, "too many noes to one person"


def test_every_sequence_of_turns_keeps_the_promises() -> None:
    """All sequences of up to seven turns and owner's words are played; in none of them a promise is broken.

    Sequences that left the same traces go on as one, with their number; that none was lost is counted.
    """
    played = Counter({Played(): 1})
    for length in range(1, LONGEST + 1):
        following: Counter[Played] = Counter()
        for before, times in played.items():
            for event in NEXT:
                if isinstance(event, OwnerAct):
                    following[owners(before, event)] += times
                else:
                    after, step = theirs(before, *event)
                    promised(before, after, step)
                    following[after] += times
        played = following
        assert played.total() == len(NEXT) ** length
    assert len(NEXT) == 9 * 5 + 3
    assert {state.state for state in played} >= set(State) - {State.NEW}


def test_folding_forgets_nothing() -> None:
    """Sequences of up to three, played one by one and unfolded, end where the folded ones end."""
    ends = [Played()]
    for _ in range(3):
        ends = [
            owners(before, event) if isinstance(event, OwnerAct) else theirs(before, *event)[0]
            for before in ends
            for event in NEXT
        ]
    folded = Counter({Played(): 1})
    for _ in range(3):
        step: Counter[Played] = Counter()
        for before, times in folded.items():
            for event in NEXT:
                step[owners(before, event) if isinstance(event, OwnerAct) else theirs(before, *event)[0]] += times
        folded = step
    assert Counter(ends) == folded


def test_a_pointer_is_given_once_for_an_ask() -> None:
    """No, pointer, and a second question where to turn is the owner's; only another ask may be pointed on again."""
    states = [State.NEW]
    for turn in (Turn.OPENING, Turn.ORIENTATION, Turn.ORIENTATION, Turn.ORIENTATION):
        states.append(advance(states[-1], turn, Action.DECLINE).state)
    assert states[1:] == [State.ANSWERED, State.ORIENTED, State.HANDED, State.HANDED]
    again = advance(State.ORIENTED, Turn.NEW_ASK, Action.DECLINE, declines=1)
    assert again.state is State.ANSWERED
    assert advance(again.state, Turn.ORIENTATION, Action.DECLINE, declines=2).action is Action.ORIENT


def test_the_table_is_total() -> None:
    """Every state has a move for every turn, and every action but skipping leads to a state."""
    assert set(PROTOCOL) == set(State)
    assert all(set(turns) == set(Turn) for turns in PROTOCOL.values())
    assert set(AFTER) == set(Action) - {Action.SKIP}
    assert set(OWNER) == set(OwnerAct)


@pytest.mark.parametrize("turn", list(Turn), ids=lambda turn: turn.value)
@pytest.mark.parametrize("state", SILENT_STATES, ids=lambda state: state.value)
def test_silence_stays_silence(state: State, turn: Turn) -> None:
    """From closed, resting and handed over, no turn and no judgement brings a word, and handed stays the owner's."""
    for judged in JUDGED:
        step = advance(state, turn, judged)
        assert step.action in (Action.CLOSE, Action.REST, Action.HOLD)
        assert step.state in SILENT_STATES
        if state is not State.CLOSED:
            assert step.state is state


@pytest.mark.parametrize("state", list(State), ids=lambda state: state.value)
def test_the_owner_may_take_over_from_anywhere(state: State) -> None:
    """A conversation of the owner's own hands it over, whatever it was, and no act of theirs wakes what rests."""
    assert owner_spoke(state, OwnerAct.HAND) is State.HANDED
    for act in OwnerAct:
        after = owner_spoke(state, act)
        assert after is not State.NEW
        if state in (State.RESTING, State.CLOSED):
            assert after in (state, State.HANDED)


@pytest.mark.parametrize("judged", NOES, ids=lambda action: action.value)
@pytest.mark.parametrize("state", [State.NEW, State.ANSWERED, State.ORIENTED], ids=lambda state: state.value)
def test_too_many_noes_become_silence(state: State, judged: Action) -> None:
    """At two noes a third one becomes silence, and anything but a no is still said."""
    turn = Turn.OPENING if state is State.NEW else Turn.NEW_ASK
    assert advance(state, turn, judged, declines=MOST_DECLINES - 1).action is judged
    for declines in (MOST_DECLINES, MOST_DECLINES + 5):
        step = advance(state, turn, judged, declines=declines)
        assert (step.action, step.state) == (Action.REST, State.RESTING)
        assert advance(state, turn, Action.WELCOME, declines=declines).action is Action.WELCOME


def test_the_drawing_is_the_table() -> None:
    """`edges` tells every arrow once: what `advance` and the owner's acts do from each state, and nothing else."""
    expected: list[tuple[State, str, State]] = []
    for state in State:
        for turn in Turn:
            if PROTOCOL[state][turn] is Move.JUDGE:
                for judged in (Action.DECLINE, Action.WELCOME, Action.HOLD):
                    step = advance(state, turn, judged)
                    expected.append((state, f"{turn.value} / {step.action.value}", step.state))
                capped = advance(state, turn, Action.DECLINE, declines=MOST_DECLINES)
                expected.append((state, f"{turn.value} / {MOST_DECLINES} noes already", capped.state))
            else:
                step = advance(state, turn, Action.DECLINE)
                expected.append((state, f"{turn.value} / {step.action.value}", step.state))
        expected += [
            (state, act.value, owner_spoke(state, act)) for act in OwnerAct if owner_spoke(state, act) is not state
        ]
    drawn = list(edges())
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == set(expected)


def test_the_drawing_shows_every_way() -> None:
    """No judgement, invitations included, leads from a state to one that the drawing has no arrow to."""
    arrows = {(before, after) for before, _, after in edges()}
    for state in State:
        for turn in Turn:
            for judged in JUDGED:
                for declines in (0, MOST_DECLINES):
                    assert (state, advance(state, turn, judged, declines=declines).state) in arrows
