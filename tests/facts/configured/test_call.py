"""What a call can be known by in the files beside its capture."""

from __future__ import annotations

import pytest

from sipdiag.facts.configured.call import keys_of
from tests.calls.dialogs import read


@pytest.mark.parametrize(("value", "known"), [("1234567", False), ("123456789", True)])
def test_an_id_in_a_header_is_long(value: str, known: bool) -> None:
    dialog = f'{{from: carrier, to: agent, caller: alice, callee: bob, headers: {{X-Id: "{value}"}}}}'
    call = read("- h INVITE\n- h 486\n- h ACK", dialogs=f"  h: {dialog}\n").call
    (leg,) = keys_of(call, alone=True).legs
    assert (value in leg.ids) is known
