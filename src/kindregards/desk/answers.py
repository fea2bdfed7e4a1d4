"""What the owner's own answer was: a no, a pointer, or a real conversation of their own (DESIGN §5)."""

import re
from dataclasses import dataclass

from kindregards.core.linear import Heads
from kindregards.desk.conversation import OwnerAct

#: An answer is a no or a pointer only where it is so surely no conversation of the owner's own.
SURE = 0.92
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """Reads the owner's answers with the model's `answer` head."""

    heads: Heads

    def read(self, text: str) -> OwnerAct:
        """Tell a courteous no and a pointer from an answer that takes a matter up, which it is in doubt."""
        head = self.heads.heads["answer"]
        known = self.heads.known(text, self.heads.language(text))
        scores = self.heads.probabilities(known, ("answer",))["answer"]
        label = head.labels[int(scores.argmax())]
        if label == "engaged" or 1.0 - scores[head.labels.index("engaged")] < SURE:
            return OwnerAct.HAND
        if label == "pointer" or _ADDRESS.search(text):
            return OwnerAct.POINTER
        return OwnerAct.NO
