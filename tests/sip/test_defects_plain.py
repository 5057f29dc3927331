"""An address that needs no look is one in which a look finds nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sipdiag.sip.defects import _FAULTLESS, _looked_for

PIECES = st.sampled_from(
    (
        "<",
        ">",
        "sip:",
        "sips:",
        "alice",
        "+14155550100",
        "@",
        "example.com",
        "2001:db8::1",
        ":5060",
        ";",
        ";tag=x1",
        ";lr",
        ";expires=x",
        '"A, B" ',
        " ",
        "?a=b",
        ",",
        "=",
    )
)


@given(st.lists(PIECES, max_size=9).map("".join) | st.from_regex(_FAULTLESS, fullmatch=True))
def test_what_is_passed_over_has_no_fault(value: str) -> None:
    if _FAULTLESS.fullmatch(value):
        assert _looked_for(value) == ()
