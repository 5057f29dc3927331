"""What a call can be known by in the files beside its capture."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.facts.configured.call import keys_of
from tests.calls.dialogs import read
from tests.facts.configured.beside import cause, judged


@pytest.mark.parametrize(("value", "known"), [("1234567", False), ("123456789", True)])
def test_an_id_in_a_header_is_long(value: str, known: bool) -> None:
    dialog = f'{{from: carrier, to: agent, caller: alice, callee: bob, headers: {{X-Id: "{value}"}}}}'
    call = read("- h INVITE\n- h 486\n- h ACK", dialogs=f"  h: {dialog}\n").call
    (leg,) = keys_of(call, alone=True).legs
    assert (value in leg.ids) is known


@pytest.mark.parametrize(
    ("target", "confidence"), [("+13125550162", "certain"), ("3125550162", "certain"), ("0162", "likely")]
)
def test_a_tool_is_of_the_call_that_was_transferred_to_its_number(
    target: str, confidence: str, tmp_path: Path
) -> None:
    """With its country or without; an extension that is its end is another number.

    The tool's detection time explains the BYE.
    """
    sample = "transfer/target-dropped-by-platform"
    analysis = judged(tmp_path, sample, "warm-30.json", "+13125550162", target)
    assert cause(analysis).confidence.name == confidence
