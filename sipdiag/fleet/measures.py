"""How a service does, in the measures of RFC 6076 and those that operators and the ITU use.

An attempt is a call whose INVITE was captured, scanners and second views of the same call aside; a challenged
INVITE and its retry are one attempt, which is our choice: read literally, RFC 6076 counts them apart.  Each measure is printed with what it is
a part of, and with the interval in which the true share lies at 95 % (Wilson).  A capture measures the leg
it sees: RFC 6076 speaks of the caller's side.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Measure(NamedTuple):
    """A share of attempts."""

    name: str
    title: str
    part: str
    """SQL: which attempts are counted …"""
    whole: str
    """… of which."""
    source: str
    """Who defines it."""


_ANSWERED = "state = 'answered'"
_REDIRECTED = "coalesce(final_status, 0) BETWEEN 300 AND 399"
_BY_USER = "final_status IN (480, 486, 600, 603)"

MEASURES: dict[str, Measure] = {
    one.name: one
    for one in (
        Measure("ser", "SER", _ANSWERED, f"NOT ({_REDIRECTED})", "RFC 6076 §4.6"),
        Measure("seer", "SEER", f"({_ANSWERED}) OR {_BY_USER}", f"NOT ({_REDIRECTED})", "RFC 6076 §4.7"),
        Measure(
            "isa",
            "ISA",
            "final_status IN (408, 500, 503, 504) OR state = 'no_response'",
            "true",
            "RFC 6076 §4.8",
        ),
        Measure("asr", "ASR", _ANSWERED, "true", "ITU-T E.411"),
        Measure(
            "ner",
            "NER",
            f"({_ANSWERED}) OR {_BY_USER} OR state = 'cancelled'",
            "true",
            "ITU-T E.411",
        ),
        Measure(
            "faults",
            "With a fault",
            "root_severity = 'error'",
            "true",
            "sipdiag: a root cause of severity error",
        ),
    )
}
"""Name → measure."""

BY = {
    "all": "'all calls'",
    "carrier": "coalesce(carrier, 'unknown')",
    "platform": "coalesce(platform, 'unknown')",
    "country": "coalesce(to_country, 'unknown')",
    "peer": "coalesce(peer, 'unknown')",
    "rule": "coalesce(root_rule, 'no fault')",
    "day": "day",
}
"""By what calls can be told apart → SQL."""

FEWEST = 30
"""Attempts below which no share is worth an alarm."""

ATTEMPTS = (
    "CREATE OR REPLACE VIEW attempts AS SELECT * FROM calls WHERE complete AND NOT scanner AND dup_of IS NULL"
)


def shares_sql(by: str) -> str:
    """All measures of each group: ``grp``, ``attempts``, for each its ``part`` and ``whole``, ACD and PDD."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE ({one.part}) AND ({one.whole})) AS {one.name}_part, "
        f"count(*) FILTER (WHERE {one.whole}) AS {one.name}_whole"
        for one in MEASURES.values()
    )
    return (
        f"SELECT {BY[by]} AS grp, count(*) AS attempts, {counts}, "
        f"avg(talk_s) FILTER (WHERE {_ANSWERED}) AS acd_s, "
        f"quantile_cont(delay_s, 0.5) FILTER (WHERE {_ANSWERED}) AS pdd_s, "
        f"quantile_cont(delay_s, 0.95) FILTER (WHERE {_ANSWERED}) AS pdd95_s, "
        f"quantile_cont(delay_s, 0.5) FILTER (WHERE NOT ({_ANSWERED})) AS pdd_failed_s "
        f"FROM attempts GROUP BY grp ORDER BY attempts DESC, grp"
    )


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The interval of a share at 95 %, from 0 to 1 (Wilson's score)."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.959964, part / whole
    middle = share + z * z / (2 * whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
