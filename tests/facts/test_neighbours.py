"""What else went on between two ends."""

from __future__ import annotations

from sipdiag.facts.neighbours import Accepted, Neighbours


def test_the_nearest_of_many_accepted_legs() -> None:
    legs = [("trunk", Accepted(f"c{at}.1", str(at), "pbx", at, None)) for at in range(60)]
    near = Neighbours(accepted=legs).accepted("pbx", "trunk", 30)
    assert sorted(one.at_ns for one in near) == list(range(22, 38))
