"""Which calls ``--call`` names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sipdiag.calls.model import Call
from sipdiag.calls.parties import user_of

CALL_NAME = re.compile(r"c\d+")


def matches(call: Call, text: str, id_headers: Sequence[str]) -> bool:
    """Whether a Call-ID, number or provider's call id (in ``id_headers``) contains ``text``, or it is the call's id.

    ``c1`` is an id and nothing else: many a Call-ID contains it by chance.
    """
    wanted = text.lower()
    if CALL_NAME.fullmatch(wanted):
        return wanted == call.id
    digits = "".join(c for c in text if c.isdigit())
    for leg in call.legs:
        if wanted in leg.call_id.lower():
            return True
        for invite in leg.invites[:1]:
            message = invite.first.message
            users = [user_of(message.from_), user_of(message.to), message.uri]
            if any(wanted in user.lower() for user in users):
                return True
            if len(digits) >= 5 and digits == text.lstrip("+") and any(digits in u for u in users):
                return True
            if any(wanted in (message.header(name) or "").lower() for name in id_headers):
                return True
    return False
