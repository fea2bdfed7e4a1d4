"""How sure the desk may be that what it would do is right, fitted on conversations that the model did not see.

For each course that it may take there is a logistic curve over what the readers are sure of; `make model` fits them
on made-up owners, each left out of the models that read them. They say how often such a course was right there, no
more. From which confidence on at most one in a hundred was wrong there is told by `certified`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from kindregards.core.intent import Intent
from kindregards.core.relevance import Judgement

#: Probabilities nearer to 0 or 1 than this are not believed.
_EDGE = 0.005


class Course(Enum):
    """What the desk may do, as far as it is a question of its own of how sure to be."""

    __hash__ = object.__hash__  # members are single: the default goes through Python for each look-up

    LEFT = "left"  #: alone, as no solicitation
    REACTION = "reaction"  #: what follows an answer: silence, an end, a pointer
    NO = "no"
    YES = "yes"  #: handed to the owner as relevant
    OPEN = "open"  #: the owner decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One fitted curve: bias and a weight for each of the five figures of `evidence`."""

    bias: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The fitted curves, and the confidence from which the error was shown to be at most 1 in 100.

    `certified` is the lowest confidence above which the upper bound of the error (Clopper-Pearson, 95%) was at most
    0.01 on the conversations it was fitted on; a course for which there was none is not in it.
    """

    curves: Mapping[Course, Curve]
    certified: Mapping[Course, float] = field(default_factory=dict)

    def of(self, intent: Intent, judged: Judgement | None, course: Course) -> float:
        """The probability that a course is right, between 0 and 1."""
        curve = self.curves[course]
        score = curve.bias + sum(w * x for w, x in zip(curve.weights, evidence(intent, judged), strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))

    def least(self, course: Course, caution: float) -> float:
        """The confidence that a course takes: none at caution 0, the certified one (1 where there is none) at 1."""
        return caution * self.certified.get(course, 1.0)


def evidence(intent: Intent, judged: Judgement | None) -> tuple[float, ...]:
    """What the confidence is a curve of: five log-odds, 0 where there is nothing to tell.

    Whether a person asks something at all, the kind, the turn, how far relevance is from even, and the ask.
    """
    personal = intent.personal if intent.kinds else 0.5
    return (
        log_odds(personal if intent.kind.personal else 1.0 - personal),
        log_odds(intent.kinds.get(intent.kind, 0.5)),
        log_odds(intent.turns.get(intent.turn, 0.5)),
        abs(log_odds(judged.probability)) if judged is not None and judged.relevant is not None else 0.0,
        log_odds(intent.asks.get(intent.ask, 0.5)) if intent.ask is not None else 0.0,
    )


def log_odds(probability: float) -> float:
    """The log-odds of a probability, its edges cut off."""
    bounded = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(bounded / (1 - bounded))
