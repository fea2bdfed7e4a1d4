"""Reasons: every judgement carries them, named and weighted, as mail filters show their symbols."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something was judged so.

    `name` is a stable symbol such as LIST_HEADER or DECLINES, `text` the sentence the owner reads, `weight` what it
    added to the log-odds of the judgement (0.0 where it decided alone), `warning` whether the owner should look twice.
    """

    name: str
    text: str
    weight: float = 0.0
    warning: bool = False
