"""Measure what the desk gets right and write the figures into docs/quality.md: `make quality`.

    scripts/quality.py SHARED BIN [--only exam,cases,public] [--dry-run]

SHARED is the folder beside the checkout that holds the exam, the cases and the public mail; without it nothing is
measured and nothing changed. BIN holds the `kindregards` command, which reads everything as a user's mail would come
in, with ledgers in a temporary folder. ERRORS=20 in the environment prints what the exam found wrong, LIMIT=500 takes
fewer attack mails (and then does not write the page).
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import quality_cases
import quality_exam
import quality_page
import quality_public

ANSWERED = Path(__file__).resolve().parents[1] / "out" / "quality-answered.txt"
SECTIONS = ("exam", "cases", "public")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("bin", type=Path)
    parser.add_argument("--only", default=",".join(SECTIONS), help="which sections, parted by commas")
    parser.add_argument("--dry-run", action="store_true", help="print the sections, leave the page as it is")
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    if not (args.shared / "exam").is_dir():
        print(
            "the exam, the cases and the public mail lie beside the checkout for its authors only: nothing to measure"
        )
        return
    shared, command = args.shared.resolve(), args.bin.resolve() / "kindregards"
    limit = int(os.environ.get("LIMIT") or 0)
    with tempfile.TemporaryDirectory() as name:
        made = measure(args.only.split(","), shared, command, Path(name), limit)
    for section, content in made.items():
        print(f"\n{section}\n{content}")
    if args.dry_run or limit:
        print("\nthe page stays as it was")
    else:
        quality_page.write(made)
        print(f"\nwritten into {quality_page.PAGE.relative_to(quality_page.PAGE.parents[1])}")


def measure(sections: list[str], shared: Path, command: Path, work: Path, limit: int) -> dict[str, str]:
    """Make the sections that are asked for."""
    for place in ("DATA", "CONFIG"):  # no run may touch a ledger or a profile of whoever measures
        os.environ[f"XDG_{place}_HOME"] = str(work / place.lower())
    made = {}
    for section in sections:
        start = time.perf_counter()
        print(f"{section} …", flush=True)
        if section == "exam":
            made[section] = quality_exam.measure(shared, command, work / "exam", int(os.environ.get("ERRORS") or 0))
        elif section == "cases":
            made[section] = quality_cases.measure(shared / "cases", command, limit or None)
        else:
            made[section] = quality_public.measure(shared / "data", command, work / "public", ANSWERED)
        print(f"  {section}: {time.perf_counter() - start:.0f} s", flush=True)
    return made


if __name__ == "__main__":
    main()
