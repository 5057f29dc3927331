"""``python -m sipdiag.cli``."""

from sipdiag.cli import main

main()
