"""What passed before: a conversation replayed, so that the last message is read for what it does.

Where a conversation stands follows from what its messages show: what they wrote, what the owner wrote back with their
own hand or by sending a draft of ours, and what is remembered of other conversations with the same person.
"""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import dropwhile

from kindregards.core.intent import CATCH_ALL, Before, Intent, Turn
from kindregards.core.message import Message, last_incoming
from kindregards.desk.conversation import AFTER, DECLINE_DAYS, PROTOCOL, SETTLED, SILENT, OwnerAct, State, owner_spoke
from kindregards.desk.dossier import Desk, Dossier

#: An ask that is this likely another one than before is a new ask.
SURE_OF_ASK = 0.5
#: Sentences by which a draft of ours is known that the owner sent: a list of the wording, and what it does.
_OURS = {
    "welcome": OwnerAct.HAND,
    "invitation_yes": OwnerAct.HAND,
    "orient": OwnerAct.POINTER,
    "orient_none": OwnerAct.POINTER,
    "refusal": OwnerAct.NO,
    "invitation_no": OwnerAct.NO,
}
#: What was asked before is not known well enough to say that something else is another ask.
_UNTOLD = (None, *CATCH_ALL)
_SLOT = re.compile(r"\{\w+\}")


def history(dossier: Dossier, desk: Desk) -> tuple[Before, State]:
    """Replay what passed before the last incoming message: what they wrote, and where the conversation stands."""
    state, last = State.NEW, last_incoming(dossier.thread)
    incoming: list[str] = []
    language = ""
    for message in dossier.thread:
        if message is last:
            break
        if not message.outgoing:
            if state not in SETTLED:
                # One earlier text tells as much of the turn as all of them: long threads take no longer than they are.
                known = tuple(incoming[-1:])
                before = Before(incoming=known, answered=state is not State.NEW)
                state, language = _met_with_silence(desk, message, before, state)
            incoming.append(message.readable)
        elif incoming:  # a message of the owner's that answers nothing is no answer
            state = state if state is State.HANDED else owner_spoke(state, act(dossier, desk, message, language))
    said = (episode for episode in dossier.episodes if episode.said or episode.declined)
    spoken = [episode for episode in said if episode.state is not State.NEW]
    if state is State.NEW and spoken:
        state = spoken[-1].state
    before = Before(incoming=tuple(incoming), answered=state is not State.NEW)
    return before, state


def act(dossier: Dossier, desk: Desk, message: Message, language: str) -> OwnerAct:
    """What an answer of the owner's was: a draft of ours is known by its sentences, anything else is read."""
    text = message.readable
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
    intent = desk.reader.understand(message.subject, message.readable, message.channel.value, before)
    move = PROTOCOL[state][intent.turn]
    return AFTER[SILENT[move]] if intent.kind.personal and move in SILENT else state, intent.language


def in_the_light_of(intent: Intent, dossier: Dossier, state: State) -> Intent:
    """Read what begins anew, after an answer to the same person in another thread, as more of the same, or as new."""
    if state is State.NEW or intent.turn not in (Turn.OPENING, Turn.FOLLOW_UP, Turn.NEW_ASK):
        return intent
    asked = {episode.ask for episode in dossier.episodes if episode.said or episode.declined}
    sure = intent.ask is not None and intent.asks.get(intent.ask, 0.0) >= SURE_OF_ASK
    another = sure and intent.ask not in asked and asked.isdisjoint(_UNTOLD)
    if asked and not another:
        return replace(intent, turn=Turn.INSISTENCE)
    return replace(intent, turn=Turn.NEW_ASK) if asked else intent


def declines(dossier: Dossier, desk: Desk, state: State, language: str) -> int:
    """The noes this correspondent had in the last `DECLINE_DAYS`, in other conversations and in this one."""
    if state in SETTLED:
        return 0  # no further one can follow
    since = dossier.now - timedelta(days=DECLINE_DAYS)
    there = sum(1 for episode in dossier.episodes if episode.declined and episode.declined >= since)
    thread = dropwhile(lambda message: message.outgoing, dossier.thread)  # what answers nothing is no answer
    answers = (m for m in thread if m.outgoing and (m.date is None or m.date >= since))
    return there + sum(act(dossier, desk, message, language) is OwnerAct.NO for message in answers)
