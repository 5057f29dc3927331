"""Addresses that nobody on the Internet can send to."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from sipdiag.messages.captured import CapturedMessage

PRIVATE_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""RFC 1918, RFC 6598, RFC 3927, RFC 4193 and loopback: nobody on the Internet can send there."""

_RANGES = {
    version: [
        (int(network.network_address), int(network.broadcast_address))
        for network in PRIVATE_NETWORKS
        if network.version == version
    ]
    for version in (4, 6)
}


@lru_cache(maxsize=4096)
def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that ``host`` is, however it is written; None for names, and for an unspecified one."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None
    return None if address.is_unspecified else address


@lru_cache(maxsize=4096)
def is_private(host: str) -> bool | None:
    """Whether ``host`` is a private address; None for names and what is no address."""
    address = address_of(host)
    if address is None:
        return None
    number = int(address)
    return any(first <= number <= last for first, last in _RANGES[address.version])


def leads_nowhere(captured: CapturedMessage) -> bool:
    """A host on the Internet sent it to a private address."""
    return is_private(captured.dst.address) is True and is_private(captured.src.address) is False
