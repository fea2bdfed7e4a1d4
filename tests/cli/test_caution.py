"""`kindregards triage --caution`: one dial from drafting what seems right to leaving the rest to the owner."""

import json
import os
import subprocess
import sys
from pathlib import Path

from kindregards.adapters import resources


def run(folder: Path, caution: str) -> subprocess.CompletedProcess[str]:
    """Triage the demo's mailbox."""
    (folder / "me.toml").write_text(resources.text("demo", "profile.toml"), encoding="utf-8")
    (folder / "mail.mbox").write_text(resources.text("demo", "mail.mbox"), encoding="utf-8")
    command = ["-m", "kindregards", "triage", "mail.mbox", "--profile", "me.toml", "--json", "--dry-run"]
    return subprocess.run(
        [sys.executable, *command, "--caution", caution],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "XDG_DATA_HOME": str(folder)},
        check=False,
    )


def test_more_caution_never_drafts_more(tmp_path: Path) -> None:
    """What is held at less caution is held at more, and at the most hardly anything is drafted."""
    drafted = []
    for caution in ("0", "0.5", "1"):
        rows = [json.loads(line) for line in run(tmp_path, caution).stdout.splitlines()]
        drafted.append({row["message_id"] for row in rows if row["reply"]})
    assert drafted[0] >= drafted[1] >= drafted[2]
    assert len(drafted[0]) > len(drafted[2])


def test_a_caution_outside_its_range_is_refused(tmp_path: Path) -> None:
    """A wrong number is one clear line and exit code 2."""
    found = run(tmp_path, "2")
    assert found.returncode == 2
    assert found.stderr.startswith("kindregards: ")
    assert "'--caution'" in found.stderr
