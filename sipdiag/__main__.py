"""``python -m sipdiag``."""

from sipdiag.cli import main

main()
