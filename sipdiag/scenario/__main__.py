"""``python -m sipdiag.scenario build FOLDER…``: rebuilds captures from their scenarios."""

from __future__ import annotations

import sys
from pathlib import Path

from sipdiag.scenario import ScenarioError
from sipdiag.scenario.build import build


def main(arguments: list[str]) -> int:
    """Exit status 0, or 2 with one line on stderr."""
    if len(arguments) < 2 or arguments[0] != "build":
        print("usage: python -m sipdiag.scenario build FOLDER…", file=sys.stderr)
        return 2
    try:
        for folder in arguments[1:]:
            for path in build(Path(folder)):
                print(path)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
