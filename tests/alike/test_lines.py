"""Which lines have values, and how long that takes."""

from __future__ import annotations

import time

import pytest

from sipdiag.alike.lines import OtherError, own_values


def test_credentials_without_a_login_are_given_up_at_once() -> None:
    """Each comma with a blank behind it could be read in two ways: 60 of them took for ever."""
    start = time.process_time()
    with pytest.raises(OtherError):
        list(own_values(b"Authorization: Digest " + b"a, " * 60))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "before", [b"", b'realm="a", ', b'realm="a",', b'realm="a", nonce="b",uri="sip:192.0.2.1", ']
)
def test_a_login_is_found_wherever_it_stands(before: bytes) -> None:
    line = b"Authorization: Digest " + before + b'username="alice", response="c0ffee"'
    assert b"c0ffee" in [line[start:end] for start, end, _ in own_values(line)]
