"""Which object of a PBX's files a REFER came to: an endpoint of Asterisk, a profile of FreeSWITCH.

A file names many, and a switch counts only where it is that of the sender: Asterisk takes the endpoint that is named
like the user in From or in the credentials, or whose ``identify`` matches the sender's address; a profile of
FreeSWITCH listens on its own port.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sipdiag.context.documents import Document
    from sipdiag.facts.configuration.files import Files
    from sipdiag.messages.captured import CapturedMessage


def transfer_switch(files: Files, pbx: str, refer: CapturedMessage) -> Document | None:
    """The object whose switch for transfers this REFER met; None where the files do not tell it."""
    if pbx == "asterisk":
        found = _endpoints(files, refer)
    else:
        profiles = files.of("freeswitch.profile")
        # A router may have given the only one another port.
        found = [one for one in profiles if _listens(one, refer.dst.port)] or profiles
    # Of several that it may have come to, all have to be set alike.
    if len({one.value("pbx.transfer") or "on" for one in found}) != 1:
        return None
    return found[0] if "pbx.transfer" in found[0].settings else None


def _endpoints(files: Files, refer: CapturedMessage) -> list[Document]:
    """The endpoint that Asterisk took the sender for, else those that it may have been."""
    endpoints = files.of("asterisk.endpoint")
    users = {one.username for one in refer.message.credentials if one.username}
    sender = refer.message.from_.uri.user if refer.message.from_ else ""
    named = [one for one in endpoints if one.node.key in users or (sender and one.node.key == sender)]
    if named:
        return named[:1]
    identified = _by_address(files, refer.src.address)
    known = [one for one in endpoints if identified.get(one.node.key) is True]
    if known:
        return known[:1]
    return [
        one
        for one in endpoints
        if identified.get(one.node.key) is not False
        # An extension is known by its number, unless an address identifies it.
        and not (one.node.key.isdigit() and sender and one.node.key not in identified)
    ]


def _by_address(files: Files, address: str) -> dict[str, bool | None]:
    """Of each endpoint with an ``identify``: whether the address is in it; None where it names hosts."""
    found: dict[str, bool | None] = {}
    for identify in files.of("asterisk.identify"):
        name = identify.node.string("endpoint") or ""
        for text in (identify.node.string("match") or "").split(","):
            inside = _within(address, text.strip())
            if found.get(name) is not True and not (found.get(name, False) is None and inside is False):
                found[name] = inside
    return found


def _within(address: str, network: str) -> bool | None:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return None


def _listens(profile: Document, port: int) -> bool:
    """The profile's port is this one, or is not written down."""
    said = profile.node.string("sip-port") or ""
    return not said.isdigit() or int(said) == port
