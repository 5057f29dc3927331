"""A gateway or profile of FreeSWITCH's Sofia; what is commented out is no setting."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import Kind, never
from sipdiag.context.node import Node, plain_key

_GATEWAY = frozenset(
    map(plain_key, ("proxy", "realm", "username", "register", "from-user", "caller-id-in-from"))
)
_PROFILE = frozenset(
    map(plain_key, ("sip-port", "sip-ip", "context", "dialplan", "disable-transfer", "rtp-ip"))
)


def _settings(element: Node) -> dict[str, Node]:
    """``param name="…" value="…"``, by name."""
    found = {}
    for param in element.elements("param"):
        name, value = param.string("name"), param.get("value")
        if name and value is not None:
            found[plain_key(name)] = Node(value.value, value.place, f"{param.pointer}@value", name)
    return found


def _gateways(node: Node) -> list[Node]:
    found = [node] if node.key == "gateway" else [*node.elements("gateway")]
    return [one for one in found if one.has("name") and _GATEWAY & set(_settings(one))]


def _profiles(node: Node) -> list[Node]:
    found = [node] if node.key == "profile" else [*node.elements("profile")]
    return [one for one in found if one.has("name") and _PROFILE & set(_own_settings(one))]


def _own_settings(profile: Node) -> dict[str, Node]:
    """Those of the profile itself, without those of its gateways."""
    found: dict[str, Node] = {}
    for child in profile.children:
        if child.key == "settings":
            found |= _settings(child)
    return found


def matches(node: Node, wrapper: str) -> bool:
    return node.key in ("include", "gateway", "profile", "document", "configuration") and bool(
        _gateways(node) or _profiles(node)
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    for element in _gateways(node):
        yield "freeswitch.gateway", _as_mapping(element, _settings(element))
    for element in _profiles(node):
        yield "freeswitch.profile", _as_mapping(element, _own_settings(element))


def _as_mapping(element: Node, settings: dict[str, Node]) -> Node:
    return Node(settings, element.place, element.pointer, element.string("name") or element.key)


KINDS = (
    Kind(
        "freeswitch.sofia",
        "FreeSWITCH Sofia configuration",
        "configuration",
        matches,
        parts,
        fetch="conf/sip_profiles/",
        notations=frozenset({"xml"}),
    ),
    Kind("freeswitch.gateway", "FreeSWITCH gateway", "configuration", never),
    Kind("freeswitch.profile", "FreeSWITCH profile", "configuration", never),
)
