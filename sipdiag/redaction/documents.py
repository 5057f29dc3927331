"""Values of configuration and event documents under the pseudonyms of the wire, so that they still belong together.

What a document says by words of its product (a mode, a status, a role) stays; whatever may name somebody is
replaced in the way in which messages replace it.  Secrets are left to the mask, which shows none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sipdiag.context.mask import is_secret_key
from sipdiag.context.node import Node, plain_key
from sipdiag.context.when import moment
from sipdiag.redaction.names import Pseudonyms
from sipdiag.redaction.text import TextRedactor

if TYPE_CHECKING:
    from sipdiag.context.read import Block

_WORDED = frozenset(
    {
        "type", "role", "status", "direction", "event", "eventtype", "recordtype", "verb", "provider",
        "phonenumbertype", "transfermode", "transfercallerid", "coldtransfermode", "sipverb", "mode", "transfertype",
        "authtype", "transport", "transportprotocol", "outboundprotocol", "mediaencryption", "encryption",
        "disconnectionreason", "endedreason", "errorcode", "code", "reason", "isocode", "allowedoutboundcountrylist",
        "whitelisteddestinations", "allowtransfer", "disabletransfer", "answeronbridge", "refermethod", "callstatus",
        "dialcallstatus", "dialsipresponsecode", "callstate", "calltype", "timeout", "ringingtimeout", "successful",
        "siphangupcause", "hangupcause", "sipstatuscode", "enabled", "secure", "version",
    }
)  # fmt: skip
"""Keys whose values are words of a product."""
_IDENTIFIERS = frozenset(
    {
        "callid", "callsid", "sid", "parentcallsid", "resourcesid", "dialcallsid", "dialsipcallid", "sipcallid",
        "sip.callid", "sip.callidfull", "sip.twilio.callsid", "twiliocallsid", "phonecallproviderid",
    }
)  # fmt: skip
"""Keys whose values are ids that headers of the call may have as well."""
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{5,18}[0-9]")
_URI = re.compile(r"\s*<?(?:sips?|https?|wss?):", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?")
_NETWORK = re.compile(r"([0-9a-fA-F:.]+)(/[0-9]{1,3})")
_OPEN = re.compile(r"\{\{.*\}\}|\$\{[^}]*\}|<[^<>@:]*>", re.DOTALL)
_SECTION = re.compile(r"^\[[^\]]*\]")


class Documents:
    """Replaces what a document may name."""

    def __init__(self, values: Pseudonyms, texts: TextRedactor) -> None:
        self._values = values
        self._texts = texts

    def redact(self, block: Block, parts: Iterable[Node]) -> None:
        """Every value of a document and of its ``parts``, which may have been made of it, in place."""
        for node in dict.fromkeys(node for root in (block.root, *parts) for node in root.walk()):
            inherited = plain_key(node.key)
            for item in node.items():
                if not item.key:
                    item.key = node.key  # An item is of the kind that its list is.
            if block.notation == "ini":
                node.pointer = _SECTION.sub("[section]", node.pointer)
            if isinstance(node.value, str) and node.value:
                node.value = self._value(inherited, node.value)

    def _value(self, key: str, text: str) -> str:
        if key in _WORDED or is_secret_key(key) or _OPEN.fullmatch(text.strip()) or moment(text) is not None:
            return (
                text if not _NUMBER.fullmatch(text.strip()) or key in _WORDED else self._values.number(text)
            )
        if key in _IDENTIFIERS and " " not in text:
            return self._values.identifier(text)
        if _URI.match(text):
            return self._texts.remark(text)
        network = _NETWORK.fullmatch(text.strip())
        if network is not None and self._values.address(network[1]) is not None:
            return f"{self._values.address(network[1])}{network[2]}"
        if _HOST.fullmatch(text.strip()):
            return self._values.host_port(text.strip())
        if " " in text.strip() and not _NUMBER.fullmatch(text.strip()):
            return self._texts.text(text)
        return self._parts(text)

    def _parts(self, text: str) -> str:
        """A name in one piece, which may hold a number: ``call-+14155550137_Ab3``."""
        pieces: list[str] = []
        at = 0
        for match in _NUMBER.finditer(text):
            pieces += [self._named(text[at : match.start()]), self._values.number(match[0])]
            at = match.end()
        return "".join([*pieces, self._named(text[at:])])

    def _named(self, text: str) -> str:
        if not text.strip("_-:;,<>+ ") or text.lower() in ("tel:", "sip_", "call-", "<tel:"):
            return text
        return self._values.user(text) if text.isascii() else self._texts.opaque(text)
