"""Rebuild the shipped model from the files of this folder: `make model`.

    training/train.py [--check]

Writes src/kindregards/data/model/: heads.npz (8-bit weights), model.json (labels, calibration, relevance) and
topics.json (the lexicon). Needs the `train` dependency group (scikit-learn, SciPy); the program needs numpy only.
The figures it prints are for held-out folds; the exam is never read.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.stats import beta
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC

import rows as material
from fingerprint import fingerprint
from kindregards.adapters.resources import glossaries
from kindregards.core.concepts import concepts, encoded
from kindregards.core.confidence import Course, evidence
from kindregards.core.encoder import BITS, NgramEncoder, Sparse, joined
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.linear import Head, Heads
from kindregards.core.message import Channel, Message
from kindregards.core.profile import Profile
from kindregards.core.reader import Lexicon, Phrase, fold_phrase, likeliest, naming
from kindregards.core.relevance import ASKS, DIRECTIONS, Judgement, StatementJudge
from kindregards.core.trees import Trees
from kindregards.desk.conversation import Action, Move, State, Step, advance
from kindregards.desk.handle import answer, course
from rows import Row

OUT = material.DATA / "model"
ENCODER = NgramEncoder()
GLOSSARIES = glossaries()
KEPT_FEATURES = 300_000
LANGUAGES = tuple(material.wordings())
LEAST_AFFINITY = 0.1
LEAST_NAMING, LEAST_TELLING = -2.5, 0.02
COMMON_SHARE = 0.1  # of the phrases that stand in a message, those it is named by
MADE_UP_WEIGHT = 0.08
LINE_WEIGHT = 0.5
ERROR = 0.01
MOST_OF_A_LANGUAGE = 400
OWNER_FOLDS, MESSAGE_FOLDS = 3, 2
PLAIN_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
HEADS = ("kind", "turn", "language", "ask", "answer", "statement")
PENALTY = {"kind": 1.0, "turn": 1.0, "language": 1.0, "answer": 1.0, "ask": 1.0, "statement": 1.0}


@dataclass
class Task:
    """One head: its texts as a matrix, its labels and weights."""

    matrix: Any
    labels: np.ndarray
    weights: np.ndarray
    practice: np.ndarray  #: the owner of a practice row, "" elsewhere


def matrix(encoded: list[Sparse]) -> Any:
    ends = np.cumsum([0] + [len(e.buckets) for e in encoded])
    shape = (len(encoded), 1 << BITS)
    values = np.concatenate([e.values for e in encoded])
    return sp.csr_matrix((values, np.concatenate([e.buckets for e in encoded]).astype(np.int64), ends), shape=shape)


Entry = tuple[Sparse, str, float, str]


def tasks(rows: list[Row]) -> dict[str, Task]:
    """The texts of every head."""
    found = {
        "kind": [entry for row in rows for entry in with_and_without_state(row, row.kind)],
        "turn": [entry for row in rows for entry in with_and_without_state(row, row.turn)],
        "language": list(language_entries(rows)),
        "answer": [(encode(text, language), label, 1.0, owner) for text, language, label, owner in material.answers()],
        "ask": list(ask_entries(rows)),
        "statement": [
            (encode(text, language), ask, weight, "") for text, language, ask, weight in material.statements(rows)
        ],
    }
    return {head: task(entries) for head, entries in found.items()}


def task(entries: list[Entry]) -> Task:
    return Task(
        matrix([encoded for encoded, _, _, _ in entries]),
        np.array([label for _, label, _, _ in entries]),
        np.array([weight for _, _, weight, _ in entries]),
        np.array([owner for _, _, _, owner in entries]),
    )


@cache
def encode(text: str, language: str) -> Sparse:
    """Letters, words and concepts, as the program encodes a text whose language it knows."""
    return joined([ENCODER.encode(text), encoded(text, GLOSSARIES.get(language))])


def with_and_without_state(row: Row, label: str | None) -> list[Entry]:
    """A message with the state of its conversation and, for that is not always known, without."""
    if not label:
        return []
    plain = encode(row.text, row.language)
    full, bare = (joined([plain, ENCODER.marked(marks)]) for marks in (row.marks, row.marks[:1]))
    return [(full, label, row.weight, row.owner), (bare, label, 0.3 * row.weight, row.owner)]


def language_entries(rows: list[Row]) -> Iterator[Entry]:
    """Messages without their subjects, wordings, and texts in languages that have none."""
    texts = [(row.text.partition("\n")[2], row.language, row.owner) for row in rows]
    texts += [(text, language, "") for text, language in material.other_languages()]
    for language, wording in material.wordings().items():
        for register in wording["registers"]:
            texts += [(" ".join(variants), language, "") for variants in wording[register].values()]
    common = Counter(language for _, language, _ in texts)
    random.Random(7).shuffle(texts)
    used: Counter[str] = Counter()
    for text, language, owner in texts:
        used[language] += 1
        if common[language] >= 5 and used[language] <= MOST_OF_A_LANGUAGE:
            yield ENCODER.encode(text), language, 1.0, owner


def ask_entries(rows: list[Row]) -> Iterator[Entry]:
    """All that somebody wrote, and phrases that name things as short texts of their own."""
    listed = set(material.topics())
    for row in rows:
        if row.ask:
            yield encode(row.thread, row.language), row.ask, 1.0, row.owner
            for phrase in row.topic:
                if (phrase, row.language, row.ask) not in listed:
                    listed.add((phrase, row.language, row.ask))
                    yield encode(phrase, row.language), row.ask, 0.25, row.owner
    for phrase, language, ask in material.topics():
        yield encode(phrase, language), ask, 0.25, ""
    for text, language, asks in material.lines("message"):
        yield encode(text, language), asks[0], LINE_WEIGHT, ""


class Vocabulary:
    """The buckets worth keeping and their inverse document frequency."""

    def __init__(self, found: dict[str, Task]) -> None:
        """Count in how many texts each bucket stands."""
        frequency = np.zeros(1 << BITS, dtype=np.int64)
        texts = 0
        for head in ("kind", "ask", "statement"):
            frequency += np.bincount(found[head].matrix.indices, minlength=1 << BITS)
            texts += found[head].matrix.shape[0]
        self.buckets = np.flatnonzero(frequency >= 3)
        self.idf = (np.log((1 + texts) / (1 + frequency[self.buckets])) + 1).astype(np.float32)

    def apply(self, found: Any) -> Any:
        """Weigh rows by rarity and scale them to length 1."""
        weighed = found[:, self.buckets] @ sp.diags(self.idf)
        length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel())
        return sp.csr_matrix(sp.diags(1 / np.maximum(length, 1e-9)) @ weighed)


def fit(head: str, x: Any, y: np.ndarray, weights: np.ndarray) -> LinearSVC:
    return LinearSVC(C=PENALTY[head], tol=1e-3, random_state=7).fit(x, y, sample_weight=weights)


def margins(model: LinearSVC, x: Any, labels: list[str]) -> np.ndarray:
    out = np.full((x.shape[0], len(labels)), -3.0)
    for n, label in enumerate(model.classes_):
        out[:, labels.index(label)] = model.decision_function(x)[:, n]
    return out


def held_out(head: str, task: Task, x: Any, labels: list[str]) -> np.ndarray:
    """Margins of every row by a model that did not see it: practice by thirds of the owners, the rest by halves."""
    out = np.zeros((x.shape[0], len(labels)))
    owners = sorted(set(task.practice) - {""})
    some = (owners[n::OWNER_FOLDS] for n in range(OWNER_FOLDS))
    groups: list[np.ndarray] = [np.flatnonzero(np.isin(task.practice, names)) for names in some if names]
    rest = np.flatnonzero(task.practice == "")
    folds = StratifiedKFold(MESSAGE_FOLDS, shuffle=True, random_state=7)
    groups += [rest[part] for _, part in folds.split(rest, task.labels[rest])]

    def one(part: np.ndarray) -> np.ndarray:
        train = np.setdiff1d(np.arange(x.shape[0]), part)
        return margins(fit(head, x[train], task.labels[train], task.weights[train]), x[part], labels)

    for part, scores in zip(groups, Parallel(n_jobs=2)(delayed(one)(part) for part in groups), strict=True):
        out[part] = scores
    return out


def sharpness(scores: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """The factor that makes softmax probabilities fit held-out truth best (log loss)."""

    def loss(factor: float) -> float:
        logits = scores * factor
        logits = logits - logits.max(1, keepdims=True)
        chosen = logits[np.arange(len(right)), right] - np.log(np.exp(logits).sum(1))
        return float(-(chosen * weights).sum() / weights.sum())

    return float(minimize_scalar(loss, bounds=(0.3, 12), method="bounded").x)


def report(head: str, task: Task, scores: np.ndarray, labels: list[str]) -> None:
    best = np.array(labels)[scores.argmax(1)]
    full = task.weights == 1.0
    practice = full & (task.practice != "")
    for name, part in (("messages", full & (task.practice == "")), ("owners", practice)):
        if part.any():
            print(f"  {head:9} {name:9} {np.mean(best[part] == task.labels[part]):.3f} of {part.sum()}")


def strongest(columns: list[np.ndarray], idf: np.ndarray) -> np.ndarray:
    """The features worth keeping: the strongest of each head in turn, so that no head loses its own to another."""
    best = np.full(len(idf), len(idf))
    for weights in columns:
        rank = np.empty(len(idf), dtype=np.int64)
        rank[np.argsort(-np.abs(weights).max(1) * idf, kind="stable")] = np.arange(len(idf))
        best = np.minimum(best, rank)
    return np.sort(np.argsort(best, kind="stable")[:KEPT_FEATURES])


def quantise(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scales = np.abs(columns).max(0) / 127
    scales[scales == 0] = 1
    return np.round(columns / scales).astype(np.int8), scales.astype(np.float32)


def relevance(heads: Heads, rows: list[Row], asks: dict[int, np.ndarray]) -> tuple[Trees, dict[str, float]]:
    """Fit the weighing of ask, statements and words; report it with a third of the practice owners left out at a time.

    Practice owners teach how owners are; the made-up ones teach that what a statement speaks of counts at all. Gives
    the trees and the held-out probabilities of the practice cases by their ids.
    """
    judge = StatementJudge(heads, None)
    profiles = material.owners()
    used = [n for n, row in enumerate(rows) if row.relevant is not None and row.ask]
    x = np.array(
        [
            judge.evidence(
                asks[n],
                heads.known(rows[n].thread, rows[n].language),
                profiles[rows[n].owner],
                answered="answered=1" in rows[n].marks,
            ).features
            for n in used
        ]
    )
    y = np.array([rows[n].relevant for n in used])
    owner = np.array([rows[n].owner for n in used])
    made_x, made_y = made_up(judge, heads, rows, asks)
    out = np.zeros(len(y))
    names = sorted(set(owner))
    for n in range(OWNER_FOLDS):
        test = np.isin(owner, names[n::OWNER_FOLDS])
        out[test] = boosted(x[~test], y[~test], made_x, made_y).predict_proba(x[test])[:, 1]
    print(f"  relevance owners    {np.mean((out > 0.5) == y):.3f}, AUC {roc_auc_score(y, out):.3f} of {len(y)}")
    held = {rows[n].case["id"]: float(p) for n, p in zip(used, out, strict=True)}
    return as_arrays(boosted(x, y, made_x, made_y)), held


def boosted(x: np.ndarray, y: np.ndarray, made_x: np.ndarray, made_y: np.ndarray) -> HistGradientBoostingClassifier:
    """Boosted trees over practice and made-up owners, which keep to the directions that make sense."""
    directions = np.zeros(x.shape[1], dtype=int)
    directions[: len(DIRECTIONS)] = DIRECTIONS
    model = HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        max_leaf_nodes=12,
        max_depth=5,
        l2_regularization=5.0,
        monotonic_cst=directions,
        random_state=7,
    )
    weights = np.concatenate([np.ones(len(y)), np.full(len(made_y), MADE_UP_WEIGHT)])
    return model.fit(np.vstack([x, made_x]), np.concatenate([y, made_y]), sample_weight=weights)


def as_arrays(model: HistGradientBoostingClassifier) -> Trees:
    """Fitted trees as the program works them out."""
    nodes = [predictor.nodes for [predictor] in model._predictors]
    starts = np.cumsum([0, *(len(tree) for tree in nodes)])
    everything = np.concatenate(nodes)
    own = np.arange(len(everything))
    first = np.repeat(starts[:-1], [len(tree) for tree in nodes])
    leaf = everything["is_leaf"].astype(bool)
    return Trees(
        base=float(model._baseline_prediction.ravel()[0]),
        depth=int(everything["depth"].max()),
        roots=starts[:-1].astype(np.int32),
        feature=np.where(leaf, 0, everything["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, everything["num_threshold"]).astype(np.float32),
        below=np.where(leaf, own, everything["left"] + first).astype(np.int32),
        above=np.where(leaf, own, everything["right"] + first).astype(np.int32),
        value=np.where(leaf, everything["value"], 0.0).astype(np.float32),
    )


def made_up(
    judge: StatementJudge, heads: Heads, rows: list[Row], asks: dict[int, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Messages with made-up owners: one who welcomes just that, one who declines it, one who speaks of other things."""
    dice = random.Random(7)
    used = [n for n, row in enumerate(rows) if row.ask and row.fits and row.near and n in asks]
    by_ask: dict[str, list[str]] = defaultdict(list)
    for n in used:
        by_ask[str(rows[n].ask)].append(str(rows[n].fits))
    words = material.wordings()["en"]["asks"]
    x, y = [], []
    for n in dice.sample(used, min(len(used), 1200)):
        row = rows[n]
        others = [ask for ask in by_ask if ask != row.ask]
        welcomes = [dice.choice(by_ask[ask]) for ask in dice.sample(others, 4)]
        declines = [words[ask]["label"] for ask in dice.sample(others, 5)]
        against = [words[str(row.ask)]["label"], *declines[:4]]
        owners = (
            (row.fits, declines, 1),
            (row.near, against, 0),
            (welcomes[0], against, 0),
            (welcomes[0], declines, 0),
        )
        for first, turned_down, fits in owners:
            profile = Profile(
                name="-",
                addresses=("a@b.example",),
                welcomes=tuple(dict.fromkeys([str(first), *welcomes])),
                declines=tuple(turned_down),
            )
            x.append(judge.evidence(asks[n], heads.known(row.thread, row.language), profile, answered=False).features)
            y.append(fits)
            judge.forget(profile)
    return np.array(x), np.array(y)


def lexicon(rows: list[Row], heads: Heads) -> dict[str, dict[str, Phrase]]:
    """Language -> folded phrase: what was listed by hand, and the words of all messages that speak of some ask."""
    found: dict[str, dict[str, Phrase]] = defaultdict(dict)
    listed: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for phrase, language, ask in [
        *material.topics(),
        *((p, r.language, r.ask) for r in rows if r.ask for p in r.topic),
    ]:
        key = fold_phrase(phrase)
        if 2 <= len(key) <= 40 and language in LANGUAGES:
            listed.setdefault((language, key), (phrase, set()))[1].add(ask)
    for (language, key), (phrase, asks) in listed.items():
        found[language][key] = Phrase(written=phrase, listed=True, asks={Ask(ask): 0.95 for ask in sorted(asks)})
    for language, words in common_words(rows).items():
        for key, written in words.items():
            if key not in found[language]:
                asks = affinity(heads, key, language)
                if max(asks.values()) >= LEAST_AFFINITY:
                    found[language][key] = Phrase(written=written, listed=False, asks=asks)
    return {language: dict(sorted(phrases.items())) for language, phrases in sorted(found.items())}


class Naming:
    """How often a phrase that stands in a message is what its writer was asked to name it by (keyphraseness).

    What is too rare to tell goes by its concepts, in whatever language they stood, and those by all phrases.
    """

    def __init__(self, rows: list[Row], phrases: dict[str, dict[str, Phrase]]) -> None:
        """Count in all messages that ask something, apart by the owner they were written to."""
        self._phrases: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
        self._concepts: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self._of: dict[tuple[str, str], tuple[str, ...]] = {}
        self.standing: dict[int, list[str]] = {}
        bare = Lexicon(phrases, weights=(), products=(), bias=0.0, least=0.0)
        for n, row in enumerate(rows):
            if not (row.ask and row.topic and row.language in phrases):
                continue
            topics = [fold_phrase(topic) for topic in row.topic]
            self.standing[n] = bare.standing(row.thread, row.language)
            for key in self.standing[n]:
                named = any(topic in key for topic in topics)
                places = [self._phrases[row.language, key]]
                places += [self._concepts[concept] for concept in self.concepts(key, row.language)]
                for counts in places:
                    count = counts.setdefault(row.owner, [0, 0])
                    count[0] += named
                    count[1] += 1

    def concepts(self, key: str, language: str) -> tuple[str, ...]:
        """The concepts of a phrase's words."""
        if (language, key) not in self._of:
            self._of[language, key] = tuple(concepts(key, GLOSSARIES.get(language)))
        return self._of[language, key]

    def telling(self, language: str, key: str, *, without: str | None = None) -> float:
        """The share of messages with a phrase that are named by it, 0 to 1; those to one owner may be left out."""
        shares = []
        for concept in self.concepts(key, language):
            named, stood = _sum(self._concepts.get(concept, {}), without)
            shares.append((named + 4 * COMMON_SHARE) / (stood + 4))
        before = float(np.mean(shares)) if shares else COMMON_SHARE
        named, stood = _sum(self._phrases.get((language, key), {}), without)
        return (named + 3 * before) / (stood + 3)


def _sum(counts: dict[str, list[int]], without: str | None) -> tuple[int, int]:
    kept = [count for owner, count in counts.items() if owner != without]
    return sum(count[0] for count in kept), sum(count[1] for count in kept)


def affinity(heads: Heads, phrase: str, language: str) -> dict[Ask, float]:
    """The three asks a word speaks of most, by the model."""
    found = heads.probabilities(heads.known(phrase, language), ("ask",))["ask"]
    best = np.argsort(-found)[:3]
    return {ASKS[n]: round(float(found[n]), 2) for n in best}


def common_words(rows: list[Row]) -> dict[str, dict[str, str]]:
    """Words of the messages that are no names: seen in small letters, or, in German, in two messages at least."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    forms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    texts: Counter[str] = Counter()
    written = [(row.thread, row.language) for row in rows]
    written += [(text, language) for text, language, _ in material.lines("message")]
    for text, language in written:
        if language not in LANGUAGES:
            continue
        texts[language] += 1
        for word in set(PLAIN_WORD.findall(text.replace("’", "'"))):
            seen[language][word.casefold()] += 1
            forms[language, word.casefold()][word] += 1
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for language, words in seen.items():
        often = {word for word, _ in words.most_common(120)}
        for word, count in words.items():
            usual = forms[language, word].most_common(1)[0][0]
            plain = word in forms[language, word] or (language == "de" and count >= 2)
            if (
                len(word) >= 4
                and plain
                and word not in often
                and count <= 0.12 * texts[language]
                and fold_phrase(word) == word
            ):
                found[language][word] = usual
    return found


def tellers(rows: list[Row]) -> dict[tuple[str, str], set[str]]:
    """Who listed a phrase: (language, folded phrase) -> the owners whose conversations have it, "" for others."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for phrase, language, _ in material.topics():
        found[language, fold_phrase(phrase)].add("")
    for row in rows:
        for phrase in row.topic if row.ask else ():
            found[row.language, fold_phrase(phrase)].add(row.owner)
    return found


def fit_naming(
    rows: list[Row], heads: Heads, phrases: dict[str, dict[str, Phrase]], asks: dict[int, np.ndarray]
) -> dict[str, Any]:
    """Fit by which features a phrase of a message is one that names what is asked, on the practice cases."""
    sources = tellers(rows)
    counted = Naming(rows, phrases)
    x, y, owners, spans = [], [], [], []
    for n, row in enumerate(rows):
        if not (row.case and row.ask and row.topic and row.language in phrases):
            continue
        known = phrases[row.language]
        read = dict(zip(ASKS, asks[n].tolist(), strict=True))
        heading, _, _ = row.thread.partition("\n")
        first = len(y)
        for key in counted.standing[n]:
            phrase = replace(known[key], telling=counted.telling(row.language, key, without=row.owner))
            if sources.get((row.language, key)) == {row.owner}:  # elsewhere it would not be listed
                phrase = replace(phrase, listed=False, asks=affinity(heads, key, row.language))
            x.append(naming(key, fold_phrase(heading), phrase, read))
            y.append(any(fold_phrase(topic) in key for topic in row.topic))
            owners.append(row.owner)
        spans.append((first, len(y)))
    found, right, owner = np.array(x), np.array(y), np.array(owners)
    scores = np.zeros(len(right))
    for n in range(OWNER_FOLDS):
        part = np.isin(owner, sorted(set(owners))[n::OWNER_FOLDS])
        scores[part] = quadratic(found[~part], right[~part]).decision_function(found[part])
    named = [right[a:b][np.argsort(-scores[a:b])[:2]].any() for a, b in spans if b > a]
    print(f"  naming    owners    one of two words right in {np.sum(named) / len(spans):.3f} of {len(spans)}")
    for language, known in phrases.items():
        told = {key: replace(phrase, telling=counted.telling(language, key)) for key, phrase in known.items()}
        phrases[language] = {key: p for key, p in told.items() if p.listed or p.telling >= LEAST_TELLING}
    return unscaled(quadratic(found, right)) | {"least": LEAST_NAMING}


def quadratic(x: np.ndarray, y: np.ndarray) -> Pipeline:
    """A logistic regression over features and their products two by two."""
    steps = StandardScaler(), PolynomialFeatures(2, include_bias=False), LogisticRegression(C=0.3, max_iter=3000)
    return make_pipeline(*steps).fit(x, y)


def unscaled(model: Pipeline) -> dict[str, Any]:
    """The same for features as they are: a weight for each, a matrix for their products, and a bias."""
    scaler, powers, fitted = model[0], model[1].powers_, model[2].coef_[0]
    size = powers.shape[1]
    linear, products = np.zeros(size), np.zeros((size, size))
    for exponents, weight in zip(powers, fitted, strict=True):
        places = np.repeat(np.arange(size), exponents)
        if len(places) == 1:
            linear[places[0]] += weight
        else:
            products[places[0], places[1]] += weight
    products /= np.outer(scaler.scale_, scaler.scale_)
    linear /= scaler.scale_
    bias = model[2].intercept_[0] - linear @ scaler.mean_ + scaler.mean_ @ products @ scaler.mean_
    linear -= (products + products.T) @ scaler.mean_
    return {"weights": linear.round(5).tolist(), "products": products.round(5).tolist(), "bias": float(bias)}


def main() -> None:
    """Train every head, calibrate, prune, quantise, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    rows = [*material.messages(), *material.everyday(), *material.reactions(), *material.cases()]
    found = tasks(rows)
    vocabulary = Vocabulary(found)
    print(f"{len(rows)} rows, {len(vocabulary.buckets)} features; held-out accuracy:")
    columns, biases, heads, first = [], [], {}, 0
    out_of_fold: dict[str, np.ndarray] = {}
    for head in HEADS:
        task = found[head]
        x = vocabulary.apply(task.matrix)
        labels = [a.value for a in ASKS] if head in ("ask", "statement") else sorted(set(task.labels))
        scores = held_out(head, task, x, labels)
        report(head, task, scores, labels)
        right = np.array([labels.index(label) for label in task.labels])
        factor = sharpness(scores, right, task.weights)
        out_of_fold[head] = np.exp(scores * factor - (scores * factor).max(1, keepdims=True))
        out_of_fold[head] /= out_of_fold[head].sum(1, keepdims=True)
        model = fit(head, x, task.labels, task.weights)
        order = [list(model.classes_).index(label) for label in labels]
        columns.append(model.coef_[order].T)
        biases.append(model.intercept_[order])
        heads[head] = Head(labels=tuple(labels), first=first, sharpness=factor)
        first += len(labels)
    weights = np.hstack(columns)
    keep = strongest(columns, vocabulary.idf)
    eight_bit, scales = quantise(weights[keep])
    tables = {
        "buckets": vocabulary.buckets[keep].astype(np.uint32),
        "idf": vocabulary.idf[keep],
        "weights": eight_bit,
        "scales": scales,
        "biases": np.concatenate(biases).astype(np.float32),
    }
    loaded = Heads(encoder=ENCODER, glossaries=GLOSSARIES, heads=heads, **tables)
    model_asks = practice_asks(found["ask"], out_of_fold["ask"], rows)
    trees, held = relevance(loaded, rows, model_asks)
    phrases = lexicon(rows, loaded)
    named = fit_naming(rows, loaded, phrases, model_asks)
    certainty = calibrate(rows, by_case(rows, found, out_of_fold, heads), held)
    args.out.mkdir(parents=True, exist_ok=True)
    write(
        args.out,
        tables,
        heads,
        {"confidence": certainty, "naming": named},
        phrases,
        trees,
    )


def practice_asks(task: Task, probabilities: np.ndarray, rows: list[Row]) -> dict[int, np.ndarray]:
    """Held-out ask probabilities of the practice rows, by row number; topic phrases are not among them."""
    full = iter(np.flatnonzero(task.weights == 1.0))
    return {n: probabilities[next(full)].astype(np.float32) for n, row in enumerate(rows) if row.ask}


def by_case(
    rows: list[Row], found: dict[str, Task], probabilities: dict[str, np.ndarray], heads: dict[str, Head]
) -> dict[str, dict[str, dict[str, float]]]:
    """Held-out probabilities of every practice case: id -> head -> label -> probability."""
    out: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for head in ("kind", "turn", "ask"):
        full = iter(np.flatnonzero(found[head].weights == 1.0))
        for row in rows:
            if getattr(row, head) and row.weight == 1.0:
                line = probabilities[head][next(full)]
                if row.case:
                    out[row.case["id"]][head] = dict(zip(heads[head].labels, line.tolist(), strict=True))
    return out


def calibrate(rows: list[Row], read: dict[str, dict[str, dict[str, float]]], fits: dict[str, float]) -> dict[str, Any]:
    """Fit how often each course is right to what the readers are sure of, on owners whom no reader was trained on."""
    found: dict[Course, list[tuple[tuple[float, ...], bool, str]]] = defaultdict(list)
    for row in rows:
        if row.case and "kind" in read[row.case["id"]]:
            intent, judged, step = held_out_step(row, read[row.case["id"]], fits.get(row.case["id"]))
            right = step.action.value in row.case["expect"]["actions"]
            found[course(step)].append((evidence(intent, judged), right, row.owner))
    curves, certified, everything = {}, {}, []
    for each, known in sorted(found.items(), key=lambda pair: pair[0].value):
        x, y = np.array([k[0] for k in known]), np.array([k[1] for k in known])
        owner = np.array([k[2] for k in known])
        sure = np.zeros(len(y))
        for n in range(OWNER_FOLDS):
            part = np.isin(owner, sorted(set(owner))[n::OWNER_FOLDS])
            sure[part] = curve(x[~part], y[~part]).predict_proba(x[part])[:, 1]
        model = curve(x, y)
        curves[each.value] = [float(model.intercept_[0]), *map(float, model.coef_[0])]
        least = certify(sure, y)
        if least is not None:
            certified[each.value] = least
        everything += zip(sure, y, strict=True)
        above = "none" if least is None else f"from {least:.3f}, {np.mean(sure >= least):.2f} of them"
        print(f"  {each.value:9} owners    right {np.mean(y):.3f} of {len(y)}; certified {above}")
    sure, right = (np.array(column) for column in zip(*everything, strict=True))
    order = np.argsort(-sure)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    covered = (np.flatnonzero(wrong <= ERROR).max(initial=-1) + 1) / len(order)
    print(f"  action    owners    {np.mean(right):.3f} of {len(right)}; calibration error "
          f"{calibration_error(sure, right):.3f}; coverage at 1% error {covered:.2f}")  # fmt: skip
    return {"curves": curves, "certified": certified}


def curve(x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    """A curve, drawn towards even by one made-up right and one made-up wrong course that nothing speaks for."""
    blank = np.zeros((2, x.shape[1]))
    return LogisticRegression(C=0.3, max_iter=3000).fit(np.vstack([x, blank]), np.append(y, [True, False]))


def certify(sure: np.ndarray, right: np.ndarray) -> float | None:
    """The lowest confidence above which at most `ERROR` are wrong, by the upper Clopper-Pearson bound at 95%."""
    order = np.argsort(-sure)
    wrong = np.cumsum(~right[order])
    count = np.arange(1, len(order) + 1)
    bound = beta.ppf(0.95, wrong + 1, np.maximum(count - wrong, 1e-9))
    enough = np.flatnonzero(bound <= ERROR)
    return float(np.ceil(sure[order][enough.max()] * 1e4) / 1e4) if len(enough) else None


def held_out_step(
    row: Row, read: dict[str, dict[str, float]], fits: float | None
) -> tuple[Intent, Judgement | None, Step]:
    """What the desk would do about a case of a made-up owner by held-out readings, without its caution."""
    kinds = {Kind(k): v for k, v in read["kind"].items()}
    turns = {Turn(k): v for k, v in read.get("turn", {"other": 1.0}).items()}
    asks = {Ask(k): v for k, v in read.get("ask", {"request.other": 1.0}).items()}
    channel = Channel(row.case["thread"][-1]["channel"])
    kind = Kind.INVITATION if channel is Channel.INVITATION else likeliest(kinds)
    intent = Intent(
        kind=kind,
        ask=max(asks, key=asks.__getitem__) if kind.personal else None,
        turn=max(turns, key=turns.__getitem__),
        language=row.language,
        kinds=kinds,
        asks=asks,
        turns=turns,
    )
    if not kind.personal:
        return intent, None, Step(action=Action.SKIP, state=State.NEW, move=Move.HAND)
    probability = 0.02 if intent.ask is Ask.REQUEST_INTRODUCTION else fits if fits is not None else 0.3
    judged = Judgement(relevant=probability >= 0.5, probability=probability)
    message = Message(key="", channel=channel, text=row.case["thread"][-1]["body"])
    wanted, _ = answer(intent, judged, message)
    state = State.ANSWERED if "answered=1" in row.marks else State.NEW
    return intent, judged, advance(state, intent.turn, wanted)


def calibration_error(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(sure[place == b].mean() - right[place == b].mean()) * np.mean(place == b) for b in set(place)))


def write(
    folder: Path,
    tables: dict[str, np.ndarray],
    heads: dict[str, Head],
    fitted: dict[str, Any],
    phrases: dict[str, dict[str, Phrase]],
    trees: Trees,
) -> None:
    np.savez_compressed(folder / "heads.npz", **tables)
    np.savez_compressed(folder / "relevance.npz", **{field.name: getattr(trees, field.name) for field in fields(trees)})
    document = {
        "made_of": fingerprint(),
        "heads": {
            name: {"labels": head.labels, "first": head.first, "sharpness": round(head.sharpness, 4)}
            for name, head in heads.items()
        },
        **fitted,
    }
    (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (folder / "topics").mkdir(exist_ok=True)
    for language, known in phrases.items():
        rows = {
            key: [
                p.written,
                int(p.listed),
                round(p.telling * 99),
                [[ASKS.index(ask), round(v * 99)] for ask, v in p.asks.items()],
            ]
            for key, p in known.items()
        }
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        (folder / "topics" / f"{language}.json").write_text(text + "\n", encoding="utf-8")
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    print(f"wrote {size / 1e6:.1f} MB to {folder.name}/")


if __name__ == "__main__":
    main()
