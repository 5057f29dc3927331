"""Digits that did not get through."""

from __future__ import annotations

from sipdiag.facts.digitpath import DigitPath, lost_digits
from tests.facts.streams import UP, Talk

INFO = '  - a carrier INFO +1: {body: "Signal=5\\r\\n", content_type: application/dtmf-relay}\n  - a 415\n'


def test_the_first_of_many_refused_digits_are_shown_with_their_answers() -> None:
    talk = Talk(f"{UP}{INFO * 5}  - a carrier BYE +20\n  - a 200\n")
    lost = lost_digits(talk.view, talk.media())
    assert lost is not None
    path = DigitPath(lost)
    assert (path.refused, len(path.shown)) == (5, 4)
