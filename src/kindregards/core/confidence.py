"""How sure the desk may be that its action is right, fitted on conversations that the model did not see.

One logistic curve over what the readers are sure of; `make model` fits it on the practice owners, each left out of
the models that read them. It says how often such an action was right there, no more.
"""

import math
from dataclasses import dataclass

from kindregards.core.intent import Intent
from kindregards.core.relevance import Judgement

#: Probabilities nearer to 0 or 1 than this are not believed.
_EDGE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The fitted curve: bias and one weight each for kind, turn after an answer, and relevance."""

    bias: float
    kind: float
    turn: float
    relevance: float

    def of(self, intent: Intent, judged: Judgement | None, *, answered: bool) -> float:
        """The probability that the action is right, between 0 and 1."""
        kind, turn, relevance = evidence(intent, judged, answered=answered)
        score = self.bias + self.kind * kind + self.turn * turn + self.relevance * relevance
        return 1.0 / (1.0 + math.exp(-score))


def evidence(intent: Intent, judged: Judgement | None, *, answered: bool) -> tuple[float, float, float]:
    """What the confidence is a curve of: log-odds of kind, turn and relevance, 0 where one does not matter.

    After an answer the turn decides and relevance no longer does; before one it is the other way round.
    """
    kind = log_odds(intent.kinds.get(intent.kind, 0.5))
    if judged is None or judged.relevant is None:
        return kind, 0.0, 0.0
    if answered:
        return kind, log_odds(intent.turns.get(intent.turn, 0.5)), 0.0
    return kind, 0.0, abs(log_odds(judged.probability))


def log_odds(probability: float) -> float:
    """The log-odds of a probability, its edges cut off."""
    bounded = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(bounded / (1 - bounded))
