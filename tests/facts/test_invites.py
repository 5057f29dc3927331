"""How two INVITEs differ, and what is unusual in one."""

from __future__ import annotations

import pytest

from sipdiag.facts.invites import differences, unusual_headers
from sipdiag.messages.captured import CapturedMessage
from tests.calls.dialogs import captured

UNUSUAL = ", ".join(f"P-Odd-{letter}: x" for letter in "ABCDEFG")


def invite(rest: str) -> CapturedMessage:
    dialog = f'{{from: pbx, to: agent, callee: "+12025550148", {rest}}}'
    return captured("- i INVITE", dialogs=f"  i: {dialog}\n")[0]


def test_some_unusual_headers_are_named() -> None:
    odd = invite(f'caller: "+14155550137", headers: {{{UNUSUAL}}}').message
    assert unusual_headers(odd) == ["P-Odd-A", "P-Odd-B", "P-Odd-C", "P-Odd-D"]


@pytest.mark.parametrize(("length", "shown"), [(50, 50), (90, 60)])
def test_a_long_number_is_cut(length: int, shown: int) -> None:
    """It was written by whoever called."""
    long = "00" + "9" * (length - 2)
    this, other = invite(f'caller: "{long}"'), invite('caller: "999999999"')
    (said,) = [one for one in differences(this, other) if "From" in one]
    assert long[:shown] + ("…" if shown < length else " ") in said
