"""Measures as a text file that Prometheus' node exporter collects."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.fleet.measures import ATTEMPTS, MEASURES, shares_sql
from sipdiag.fleet.query import Store

_GROUPS = ("all", "carrier", "platform")
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def render(store: Store) -> str:
    """Attempts and shares, of all calls and by carrier and platform (text format 0.0.4)."""
    return "\n".join(_lines(store)) + "\n"


def _lines(store: Store) -> Iterator[str]:
    store.define(ATTEMPTS)
    rows = [(by, row) for by in _GROUPS for row in store.ask(shares_sql(by)).dicts()]
    yield "# HELP sipdiag_attempts Calls whose INVITE was captured, without scanners."
    yield "# TYPE sipdiag_attempts gauge"
    for by, row in rows:
        yield f"sipdiag_attempts{_labels(by, row['grp'])} {row['attempts']}"
    for measure in MEASURES.values():
        yield f"# HELP sipdiag_{measure.name}_ratio {measure.title} ({measure.source})."
        yield f"# TYPE sipdiag_{measure.name}_ratio gauge"
        for by, row in rows:
            if row[f"{measure.name}_whole"]:
                share = row[f"{measure.name}_part"] / row[f"{measure.name}_whole"]
                yield f"sipdiag_{measure.name}_ratio{_labels(by, row['grp'])} {share:.6f}"


def _labels(by: str, group: str) -> str:
    return f'{{by="{by}",group="{str(group).translate(_ESCAPED)}"}}'
