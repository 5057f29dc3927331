"""JSON schemas as tests hold documents against them."""

from __future__ import annotations

from typing import Any


def strict(schema: Any) -> Any:
    """The schema with every undocumented key forbidden."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed
