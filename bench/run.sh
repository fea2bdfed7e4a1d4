#!/usr/bin/env bash
# Messages a second and memory, beside bogofilter on the same mbox in one run: bench/run.sh BIN [COUNT]. COUNT=100000 for all.
set -euo pipefail
bin=$1 count=${2:-${COUNT:-20000}}
here=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "$bin" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v bogofilter >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bogofilter >/dev/null
fi
"$bin/python" "$here/bench/make_mbox.py" "$count" "$work/mail.mbox"
cp "$here/src/kindregards/data/demo/profile.toml" "$work/"
"$bin/python" "$here/bench/measure.py" "$count" "kindregards" "$bin/kindregards" triage "$work/mail.mbox" --profile "$work/profile.toml" --ledger "$work/ledger.db" --json
"$bin/python" "$here/bench/measure.py" "$count" "kindregards, second run" "$bin/kindregards" triage "$work/mail.mbox" --profile "$work/profile.toml" --ledger "$work/ledger.db" --json
if command -v bogofilter >/dev/null; then
  head -c 3000000 "$work/mail.mbox" >"$work/ham.mbox"
  mkdir "$work/words"
  bogofilter -d "$work/words" -M -n -I "$work/ham.mbox"
  bogofilter -d "$work/words" -M -s -I "$here/src/kindregards/data/demo/mail.mbox"
  "$bin/python" "$here/bench/measure.py" "$count" "bogofilter" bogofilter -d "$work/words" -M -T -I "$work/mail.mbox"
else
  echo "bogofilter is not installed (apt-get install bogofilter): nothing to compare with"
fi
head -c 2000 "$work/mail.mbox" >"$work/one.mbox"
"$bin/python" "$here/bench/measure.py" 1 "start to first result" "$bin/kindregards" triage "$work/one.mbox" --profile "$work/profile.toml" --ledger "$work/one.db" --json
