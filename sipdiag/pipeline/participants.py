"""The participants of a call's ladder: every host of its messages, by name and role.

A provider goes by its name, an end by its part in the call and its number (``Callee 1101``), so that two
phones can be told apart wherever they are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.calls.model import Call, Leg, LegMessage
from sipdiag.calls.sides import Side
from sipdiag.facts.wording import side_name
from sipdiag.messages.captured import Host
from sipdiag.pipeline.acts import software
from sipdiag.pipeline.aliases import alias_of
from sipdiag.pipeline.results import Participant

_KINDS = {"carrier": "Carrier", "platform": "Voice platform", "pbx": "PBX", "proxy": "Proxy"}
_USER = 24
"""Characters of a user name or number within a participant's name."""


class _Known(Struct, frozen=True):
    """What the legs reveal about each host."""

    sides: dict[Host, Side]
    roles: dict[Host, str]


def participants(call: Call, names: Mapping[str, str], aliases: Mapping[str, str]) -> Iterator[Participant]:
    """Every host of the call's messages, in order of first appearance.

    ``names``: those the capture gives; ``aliases``: those the user gave, by address or address and port.
    """
    known = _known(call)
    seen: dict[Host, list[LegMessage]] = {}
    for leg in call.legs:
        for entry in leg.messages:
            seen.setdefault(entry.captured.src, leg.messages)
            seen.setdefault(entry.captured.dst, leg.messages)
    for host, messages in seen.items():
        end = known.sides.get(host, Side(host, None, None))
        given = alias_of(host, aliases) or side_name(end) or names.get(host.address)
        role = known.roles.get(host, "Proxy")
        yield Participant(
            host=host,
            provider=end.id,
            name=given or role,
            proof=end.recognition.how if end.recognition is not None else None,
            about=(_KINDS.get(end.kind or "") or role) if given else _software(role, host, messages),
        )


def _software(role: str, host: Host, messages: Sequence[LegMessage]) -> str:
    """What an end calls itself; a proxy only passes on others' names."""
    return "" if role == "Proxy" else software(host, messages) or ""


def _known(call: Call) -> _Known:
    known = _Known({}, {})
    targets = {_user(transfer.target) for transfer in call.transfers if transfer.target}
    between = _relays(call)
    for leg in call.legs:
        ends, far = leg.sides, leg.sides.callee.host
        user = _called(leg)
        named = [
            (leg.caller, ends.caller, "B2BUA" if leg.caller in between else f"Caller {_calling(leg)}"),
            (
                far,
                ends.callee,
                "B2BUA" if far in between else f"{'Target' if user in targets else 'Callee'} {user}",
            ),
            *((side.host, side, "Proxy") for side in ends.proxies),
        ]
        for host, side, role in named:
            if known.sides.get(host) is None or known.sides[host].provider is None:
                known.sides[host] = replace(side, host=host)
            known.roles.setdefault(host, role.strip())
    return known


def _relays(call: Call) -> set[Host]:
    """Hosts that were called and placed calls on another's behalf: no end of their own."""
    called: dict[Host, set[str]] = {}
    for leg in call.legs:
        called.setdefault(leg.callee, set()).add(_called(leg))
    return {
        leg.caller for leg in call.legs if leg.caller in called and _calling(leg) not in called[leg.caller]
    }


def _calling(leg: Leg) -> str:
    message = leg.invites[0].first.message if leg.invites else None
    return _user(message.from_.uri.raw) if message is not None and message.from_ is not None else ""


def _called(leg: Leg) -> str:
    message = leg.invites[0].first.message if leg.invites else None
    return _user(message.to.uri.raw) if message is not None and message.to is not None else ""


def _user(uri: str) -> str:
    """The user part of a SIP URI, the number of a tel URI."""
    scheme, colon, rest = uri.partition(":")
    if not colon or ("@" not in rest and scheme.lower() != "tel"):
        return ""
    user = rest.split("@")[0].split(";")[0]
    return user if len(user) <= _USER else f"{user[: _USER - 1]}…"
