"""The tables of a dataset: names, types and meaning of their columns, as Parquet has them.

Legs and transfers have a column for each fact that rules know of them, with the fact's own name and type:
members of closed sets by name (``unknown`` where that is all to be said), what else is not known as null.  Nothing here depends on the machine or the
moment of the run.  Its version (:data:`sipdiag.fleet.rows.VERSION`) is raised when a column goes or changes its type; a new column, or a new
fact, is none: older files give null for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa

from sipdiag.facts.declare import FactType
from sipdiag.fleet.rows import VERSION, fact_columns

STORED = Path(__file__).parent / "schema.json"
"""The schema as released; a test holds the code to it."""

TIME = pa.timestamp("us", "UTC")
TEXT = pa.string()

_ORIGIN = (("input", TEXT), ("schema", pa.int16()), ("tool", TEXT), ("rules", TEXT))
"""In every table: the input it came from, and by what it was judged."""
_CALL = ("call_key", TEXT)
_TYPES: dict[FactType, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "double": pa.float64(),
    "string": TEXT,
    "list_string": pa.list_(TEXT),
    "list_int": pa.list_(pa.int64()),
}


def _of_facts(kind: str, *but: str) -> list[tuple[str, pa.DataType]]:
    """A column for each fact, but those that stand in a column of another name or type."""
    return [
        (fact.name, TEXT if fact.enum is not None else _TYPES[fact.type])
        for fact in fact_columns(kind)
        if fact.name not in but
    ]


_LEG = [
    _CALL,
    ("leg", TEXT),
    ("leg_call_id", TEXT),
    ("src", TEXT),
    ("src_port", pa.int32()),
    ("dst", TEXT),
    ("dst_port", pa.int32()),
]
_TRANSFER = [_CALL, ("transfer", TEXT)]

TABLES: dict[str, pa.Schema] = {
    name: pa.schema([*_ORIGIN, *columns])
    for name, columns in {
        "inputs": [
            ("name", TEXT),
            ("status", TEXT),
            ("reason", TEXT),
            ("frames", pa.int64()),
            ("sip", pa.int64()),
            ("rtp", pa.int64()),
            ("undecoded", pa.int64()),
            ("warnings", pa.int64()),
            ("sip_messages", pa.int64()),
            ("first", TIME),
            ("last", TIME),
        ],
        "calls": [
            _CALL,
            ("id", TEXT),
            ("call_id", TEXT),
            ("start", TIME),
            ("end", TIME),
            ("complete", pa.bool_()),
            ("scanner", pa.bool_()),
            ("outcome", TEXT),
            ("from_number", TEXT),
            ("from_country", TEXT),
            ("to_number", TEXT),
            ("to_country", TEXT),
            ("carrier", TEXT),
            ("platform", TEXT),
            ("peer", TEXT),
            ("ended_by", TEXT),
            ("setup_s", pa.float64()),
            ("ring_s", pa.float64()),
            ("talk_s", pa.float64()),
            ("delay_s", pa.float64()),
            ("state", TEXT),
            ("final_status", pa.int16()),
            ("q850", pa.int16()),
            ("legs", pa.int32()),
            ("transfers", pa.int32()),
            ("root_rule", TEXT),
            ("root_severity", TEXT),
            ("root_confidence", TEXT),
            ("root_sentence", TEXT),
            ("root_cause_code", TEXT),
            ("acts_as", TEXT),
            ("acts_who", TEXT),
            ("fault_key", TEXT),
        ],
        "legs": [*_LEG, *_of_facts("leg")],
        "findings": [
            _CALL,
            ("subject", TEXT),
            ("rule", TEXT),
            ("role", TEXT),
            ("consequence_of", TEXT),
            ("severity", TEXT),
            ("confidence", TEXT),
            ("acts_as", TEXT),
            ("acts_who", TEXT),
            ("sentence", TEXT),
            ("frames", pa.list_(pa.struct([("file", pa.int16()), ("frame", pa.int64())]))),
        ],
        "transfers": [*_TRANSFER, *_of_facts("transfer")],
        "streams": [
            _CALL,
            ("stream", TEXT),
            ("leg", TEXT),
            ("direction", TEXT),
            ("src", TEXT),
            ("dst", TEXT),
            ("ssrc", pa.uint32()),
            ("codec", TEXT),
            ("clock_hz", pa.int32()),
            ("ptime_ms", pa.float64()),
            ("packets", pa.int64()),
            ("expected", pa.int64()),
            ("lost", pa.int64()),
            ("duplicates", pa.int64()),
            ("reordered", pa.int64()),
            ("late", pa.int64()),
            ("jitter_mean_ms", pa.float64()),
            ("jitter_max_ms", pa.float64()),
            ("longest_gap_ms", pa.float64()),
            ("rtcp_lost", pa.int64()),
            ("rtt_ms", pa.float64()),
            ("mos_concealed", pa.float64()),
            ("mos_unconcealed", pa.float64()),
        ],
        "messages": [
            _CALL,
            ("leg", TEXT),
            ("time", TIME),
            ("file", pa.int16()),
            ("frame", pa.int64()),
            ("src", TEXT),
            ("dst", TEXT),
            ("method", TEXT),
            ("status", pa.int16()),
            ("cseq", pa.int64()),
            ("bytes", pa.int32()),
            ("repeat", pa.bool_()),
        ],
    }.items()
}
"""Table → its columns; the folder of a file adds ``day``."""


def described() -> dict[str, dict[str, str]]:
    """Table → column → type, in words of Arrow."""
    return {name: {field.name: str(field.type) for field in schema} for name, schema in TABLES.items()}


def stored() -> dict[str, object]:
    """What :data:`STORED` holds."""
    held: dict[str, object] = json.loads(STORED.read_text(encoding="utf-8"))
    return held


def main() -> int:
    """``python -m sipdiag.fleet.schema``: write the schema as it is now."""
    text = json.dumps({"version": VERSION, "tables": described()}, indent=1) + "\n"
    STORED.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
