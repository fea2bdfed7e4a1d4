#!/usr/bin/env bash
# Resolve the dependencies anew into requirements/*.lock, with digests and without addresses.
set -euo pipefail
bin=$1
"$bin/python" -m pip install -q pip-tools
compile() { "$bin/pip-compile" -q --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --upgrade "$@"; }
compile -o requirements/run.lock requirements/run.in
compile -o requirements/reader.lock requirements/reader.in
compile -o requirements/dev.lock requirements/dev.in
compile -o requirements/train.lock requirements/train.in
