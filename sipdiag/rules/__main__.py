"""``python -m sipdiag.rules [DIR]``: writes the reference pages of facts and rules into DIR (docs)."""

from __future__ import annotations

import sys
from pathlib import Path

from sipdiag.facts.table import EVIDENCE, FACTS
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.references import load_references
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.ladders import load_ladders
from sipdiag.rules.load import load
from sipdiag.rules.pages import pages, write


def main(folder: Path) -> None:
    """Write the pages and name them."""
    catalogue = load([], FACTS, EVIDENCE, True)
    root = catalogue_root()
    providers, ladders = Providers.load([root]), load_ladders(root)
    for path in write(folder, pages(FACTS, EVIDENCE, catalogue, load_references(root), providers, ladders)):
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
