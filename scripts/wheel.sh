#!/usr/bin/env bash
# Build the wheel, install it into an environment of its own, and let it triage there: scripts/wheel.sh BIN.
set -euo pipefail
bin=$1
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/python" -m build --no-isolation --wheel --outdir "$work/dist" "$here" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
wheel=$(ls "$work"/dist/*.whl)
printf '  %s, %s bytes\n' "$(basename "$wheel")" "$(stat -c %s "$wheel")"
bash "$here/scripts/venv.sh" "$here/$bin/python" "$work/venv"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$here/requirements/run.lock"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps "$wheel"
cd "$work"
./venv/bin/kindregards --version
cp "$here/src/kindregards/data/demo/mail.mbox" "$here/src/kindregards/data/demo/profile.toml" .
./venv/bin/kindregards triage mail.mbox --profile profile.toml --ledger ledger.db --json >answers.jsonl
printf '  %s conversations triaged from the wheel\n' "$(wc -l <answers.jsonl)"
test "$(wc -l <answers.jsonl)" -ge 50
