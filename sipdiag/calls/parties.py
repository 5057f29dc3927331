"""Who calls whom, as the messages write it: users, and the part of a number that survives rewriting."""

from __future__ import annotations

from sipdiag.calls.model import Leg
from sipdiag.sip.address import NameAddr, Uri, parse_uri
from sipdiag.sip.message import Message


def opener(leg: Leg) -> Message | None:
    """The first INVITE itself, if it was captured."""
    if not leg.invites:
        return None
    message = leg.invites[0].first.message
    return message if message.is_request else None


def last_try(leg: Leg) -> Message | None:
    """The initial INVITE as it was last sent, if that was captured: with credentials, to where a redirection led."""
    if not leg.invites:
        return None
    message = leg.invites[-1].first.message
    return message if message.is_request else None


def number_key(user: str | None) -> str | None:
    """The part of a number that survives rewriting: its last nine digits, or all of a short one."""
    if not user:
        return None
    digits = user[1:] if user[0] == "+" else user
    if not digits.isdigit():
        digits = "".join(filter(str.isdigit, user.partition(";")[0]))
    if len(digits) >= 7:
        return digits[-9:]
    return user.lower() if len(user) >= 2 else None


def target_key(user: str | None) -> str | None:
    """As :func:`number_key`, but a name counts however short: a REFER says who is meant."""
    return number_key(user) or (user.lower() if user else None)


def uri_key(uri: Uri) -> str | None:
    """Whom a URI means: its user; without one, its host and whatever else distinguishes targets there.

    Microsoft Teams writes all its transfer targets so: the same host, and ``x-m`` and ``x-t`` for the person meant.
    """
    if uri.user:
        return target_key(uri.user)
    telling = [f"{name}={value}" for name, value in sorted(uri.params.items()) if name.startswith("x-")]
    return ";".join([uri.host, *telling]).lower() or None


def called_key(invite: Message) -> str | None:
    """Whom the INVITE calls, by :func:`uri_key` of its Request-URI."""
    return uri_key(parse_uri(invite.uri)) or target_key(user_of(invite.to))


def user_of(address: NameAddr | None) -> str:
    """The user part, or the number of a tel: URI; empty without one."""
    return address.uri.user if address is not None else ""


def called_user(invite: Message) -> str:
    """Whom the INVITE calls: the Request-URI's user (To keeps what was dialled first)."""
    return parse_uri(invite.uri).user or user_of(invite.to)
