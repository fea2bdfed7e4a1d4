#!/usr/bin/env bash
# Make a virtual environment: scripts/venv.sh PYTHON FOLDER. Debian keeps the venv module in a package of its own.
set -euo pipefail
python=$1 folder=$2
"$python" - <<'P' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Kind Regards needs Python 3.11 or newer; this is {sys.version.split()[0]}. Say which with: make PYTHON=python3.12 demo")
P
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "  installing Debian's python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "Python's venv module is missing. Install it once with: sudo apt-get install python3-venv   (then run make again)" >&2
    exit 1
  fi
fi
"$python" -m venv "$folder"
