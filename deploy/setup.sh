#!/usr/bin/env bash
# Makes .venv hold exactly what a lock file names, hashes checked, and the command chengquan.
# With uv, or with pip where uv cannot be had.
set -euo pipefail
lock=$1
python=${PYTHON:-python3}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "set-up failed: $*" >&2; exit 1; }; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=…)" >&2; exit 1; }
echo "Setting up .venv from $lock …"
index=$("$python" -m pip config get global.index-url 2>/dev/null || true)
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
if [ -x .tools/bin/uv ] || "$python" -m pip install -q --target .tools uv >"$log" 2>&1; then
  [ -x .venv/bin/python ] || run .tools/bin/uv venv -q --python "$python" .venv
  run .tools/bin/uv pip sync -q --python .venv/bin/python "$lock"
else
  [ -x .venv/bin/python ] || run "$python" -m venv .venv
  run .venv/bin/python -m pip install -q --require-hashes -r "$lock"
fi

# The command of this working copy, from any folder.
cat >.venv/bin/chengquan <<'COMMAND'
#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" exec "$root/.venv/bin/python" -m bot "$@"
COMMAND
chmod +x .venv/bin/chengquan
