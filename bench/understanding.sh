#!/usr/bin/env bash
# Understand and judge beside a transformer, scikit-learn and bogofilter: bench/understanding.sh BIN. The rivals get an
# environment of their own inside that of the program; BENCH_TORCH=1 adds PyTorch (hundreds of MB, not locked).
set -euo pipefail
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
rivals=$bin/../bench
made=$rivals/.made-$(cksum <"$here/requirements/bench.lock" | cut -d' ' -f1)-${BENCH_TORCH:-0}
if [ ! -e "$made" ]; then
  echo "installing what runs beside it"
  "$bin/python" -m venv "$rivals"
  "$rivals/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$here/requirements/bench.lock"
  if [ "${BENCH_TORCH:-0}" = 1 ]; then
    "$rivals/bin/python" -m pip install -q --disable-pip-version-check torch==2.13.0 sentence-transformers
  fi
  rm -f "$rivals"/.made-*; touch "$made"
fi
if ! command -v bogofilter >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bogofilter >/dev/null
fi
PYTHONPATH=$here/src "$bin/python" "$here/bench/understanding.py" --rivals "$rivals/bin" --write
