#!/usr/bin/env bash
# The exam and the cases through the command line, as a user's mail would come in: scripts/quality.sh SHARED BIN.
set -euo pipefail
shared=$1 bin=$(cd "$2" && pwd)
if [ ! -d "$shared/exam" ]; then echo "the exam lies beside the checkout for its authors only; nothing to run here"; exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config"
python3 "$shared/exam/exam.py" build "$shared/exam" "$work/exam"
python3 "$shared/exam/exam.py" run "$work/exam" --command "$bin/kindregards triage"
python3 "$shared/exam/exam.py" score "$shared/exam" "$work/exam" --errors "${ERRORS:-0}"
python3 "$shared/cases/run.py" automatons "$shared/cases/automatons.jsonl" --command "$bin/kindregards triage" || true
python3 "$shared/cases/run.py" injection "$shared/cases/injection.jsonl.gz" --books "$shared/cases/contacts_A.json" "$shared/cases/contacts_B.json" --command "$bin/kindregards triage" ${LIMIT:+--limit "$LIMIT"}
