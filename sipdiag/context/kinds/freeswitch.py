"""A gateway or profile of FreeSWITCH's Sofia; commented-out lines do not count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node, plain_key

_GATEWAY = frozenset(
    map(plain_key, ("proxy", "realm", "username", "register", "from-user", "caller-id-in-from"))
)
_PROFILE = frozenset(
    map(plain_key, ("sip-port", "sip-ip", "context", "dialplan", "disable-transfer", "rtp-ip"))
)


_VARIABLE = re.compile(r"\$\$\{([\w.-]{1,80})\}")


def _settings(element: Node, variables: Mapping[str, str] = MappingProxyType({})) -> dict[str, Node]:
    """``param name="…" value="…"``, by name."""
    found = {}
    for param in element.elements("param"):
        name, value = param.string("name"), param.get("value")
        if name and value is not None:
            said = _VARIABLE.sub(lambda one: variables.get(one[1], one[0]), str(value.value))
            found[plain_key(name)] = Node(said, value.place, f"{param.pointer}@value", name)
    return found


def _variables(root: Node) -> dict[str, str]:
    """``X-PRE-PROCESS cmd="set" data="name=value"``: what ``$${name}`` stands for."""
    found = {}
    for element in root.elements("X-PRE-PROCESS"):
        name, equals, value = (element.string("data") or "").partition("=")
        if equals and element.string("cmd") == "set":
            found[name] = value
    return found


def _gateways(node: Node) -> list[Node]:
    found = [node] if node.key == "gateway" else [*node.elements("gateway")]
    return [one for one in found if one.has("name") and _GATEWAY & set(_settings(one))]


def _profiles(node: Node) -> list[Node]:
    found = [node] if node.key == "profile" else [*node.elements("profile")]
    return [one for one in found if one.has("name") and _PROFILE & set(_own_settings(one))]


def _own_settings(profile: Node, variables: Mapping[str, str] = MappingProxyType({})) -> dict[str, Node]:
    """Those of the profile itself, without those of its gateways."""
    found: dict[str, Node] = {}
    for child in profile.children:
        if child.key == "settings":
            found |= _settings(child, variables)
    return found


def matches(node: Node, wrapper: str) -> bool:
    return node.key in ("include", "gateway", "profile", "document", "configuration") and bool(
        _gateways(node) or _profiles(node)
    )


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    variables = _variables(node)
    for element in _gateways(node):
        yield "freeswitch.gateway", _as_mapping(element, _settings(element, variables))
    for element in _profiles(node):
        yield "freeswitch.profile", _as_mapping(element, _own_settings(element, variables))


def _as_mapping(element: Node, settings: dict[str, Node]) -> Node:
    return Node(settings, element.place, element.pointer, element.string("name") or element.key)


KINDS = (
    DocumentKind(
        "freeswitch.sofia",
        "FreeSWITCH Sofia configuration",
        "configuration",
        matches,
        parts,
        fetch="conf/sip_profiles/",
        notations=frozenset({"xml"}),
    ),
    DocumentKind("freeswitch.gateway", "FreeSWITCH gateway", "configuration", never),
    DocumentKind("freeswitch.profile", "FreeSWITCH profile", "configuration", never),
)
