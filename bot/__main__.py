"""The console script ``chengquan``."""

import argparse
import json
import sys
from pathlib import Path

from bot.replay import PLATFORMS, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="chengquan", description="成拳：跨部门事项助手")
    commands = parser.add_subparsers(dest="command", required=True)
    replay = commands.add_parser("replay", help="run recorded webhook requests through the real connector")
    replay.add_argument("file", type=Path)
    replay.add_argument("--platform", choices=PLATFORMS)
    arguments = parser.parse_args()
    for line in run(json.loads(arguments.file.read_text("utf-8")), arguments.platform):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
