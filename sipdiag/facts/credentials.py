"""Digest authentication (RFC 3261 §22) as the requests of a leg or registration show it."""

from __future__ import annotations

from collections.abc import Iterable

from sipdiag.calls.model import Request


def rejected_again(requests: Iterable[Request]) -> bool:
    """Credentials were sent and challenged again in the same realm, not for a stale nonce.

    Those of an earlier request do not count: a refresh without credentials is challenged again.
    """
    for request in requests:
        if request.status not in (401, 407) or request.final is None:
            continue
        sent = {credentials.realm for credentials in request.first.message.credentials}
        if any(c.realm in sent and not c.stale for c in request.final.message.challenges):
            return True
    return False
