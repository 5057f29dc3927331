"""Secrets of documents: never shown, in no output, whether or not the output is redacted.

A secret is recognised by its key's name or by the form of the value.  Whatever a file calls a secret is
masked everywhere else in the same set of files, for instance inside a quoted message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cached_property

from sipdiag.context.node import Node, plain_key

MASK = "••••"
"""Always the same width, so that neither length nor beginning of a secret shows."""
LONGEST_QUOTE = 160
"""Characters of a value that are quoted."""
_SHORTEST = 3
"""A shorter secret is masked in its own place alone."""

_SCHEMES = ("bearer", "basic", "digest", "token")
_SECRET_KEY = re.compile(
    r"pass(?:word|wd|phrase)?$|password|passwd|secret|token|apikey|authorization|privatekey|accesskey"
    r"|credentials?$|cred$|pin$|signature|^jwt$|^cookie$|keyname$"
)
_PUBLIC_KEY = re.compile(
    r"^(?:max|num|total|completion|prompt)tokens$|tokens?(?:count|limit|used)$|^keyname$"
)
_SECRET_VALUE = re.compile(
    r"""(?P<scheme>\b(?:Bearer|Basic|Digest)\s+)[^\s"',;]+
      | (?P<url>\b(?:https?|wss?|rediss?|postgres(?:ql)?)://)[^/@\s"']+@
      | (?P<sip>\bsips?:[^:@\s;?"']{1,256}):[^@\s"']{1,256}@
      | (?P<query>[?&;\#](?:[\w.-]{0,64}[_.-]|(?:api|access|auth))?
            (?:pass(?:word|wd)?|secret|token|key|auth|authorization|signature|sig|pin)=)[^&\s"'<>]+
      | (?P<line>\b(?=[A-Z0-9_]*?(?:SECRET|TOKEN|PASSWORD|PASSWD|API_KEY|PRIVATE_KEY))[A-Z0-9_]++\s*+[=:]\s*+)\S+
      | (?P<key>\bsk_?[0-9a-f]{32}\b | \bAPI[A-Za-z0-9]{10,}\b | \bsk-[\w-]{16,} | \bkey_[0-9a-f]{16,}\b
            | (?<![\w-])(?=[\w-]++\.[\w-]++\.)[\w-]*?\beyJ[\w-]{10,}+\.[\w-]++\.[\w-]*+)
      | (?P<hex>(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z]))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_secret_key(key: str) -> bool:
    """The value under this key is a secret by the key's name."""
    plain = plain_key(key)
    return _SECRET_KEY.search(plain) is not None and _PUBLIC_KEY.search(plain) is None


class Mask:
    """What must not be shown of a set of files."""

    def __init__(self, roots: Iterable[Node] = ()) -> None:
        self._known: set[str] = set()
        for root in roots:
            self._learn(root)

    def _learn(self, root: Node) -> None:
        """Note the secrets below this node."""
        for node in root.walk():
            named = node.members().get("name")
            value = node.members().get("value")
            if named is not None and value is not None and is_secret_key(str(named.value)):
                self._note(value)  # <param name="password" value="…"/>, {"name": "token", "value": "…"}
            if is_secret_key(node.key):
                for one in (node, *node.items()):
                    self._note(one)
                if node.text is not None:
                    self._note(node.text)

    def _note(self, node: Node) -> None:
        if node.value is None or isinstance(node.value, bool | list | dict):
            return
        node.secret = True
        text = str(node.value)
        scheme, _, token = text.partition(" ")
        for one in (text, token if scheme.lower() in _SCHEMES else ""):
            if len(one) >= _SHORTEST:
                self._known.add(one)

    def secret(self, node: Node) -> bool:
        """The node's value is a secret."""
        return node.secret or is_secret_key(node.key)

    @cached_property
    def _longest_first(self) -> list[str]:
        """One secret may be part of another."""
        return sorted(self._known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text without the secrets in it."""
        for known in self._longest_first:
            if known in text:
                text = text.replace(known, MASK)
        return _SECRET_VALUE.sub(_masked, text)

    def quote(self, node: Node) -> str:
        """A value as cited in a proof: ``"sip_invite"``, ``30000``, ``{…}``."""
        if isinstance(node.value, dict):
            element = node.key and node.pointer[:1] not in ("/", "[")
            return f"<{node.key}>" if element else "{…}"
        if isinstance(node.value, list):
            quoted = ", ".join(self.quote(item) for item in node.value[:4])
            return f"[{quoted}, …]" if len(node.value) > 4 else f"[{quoted}]"
        if node.value is not None and self.secret(node):
            return MASK
        if isinstance(node.value, str):
            shown = self.text(node.value)
            if len(shown) > LONGEST_QUOTE:
                shown = shown[: LONGEST_QUOTE - 1] + "…"
            return json.dumps(shown, ensure_ascii=False)
        return json.dumps(node.value)


def _masked(match: re.Match[str]) -> str:
    """The part that names the secret, and the mask in place of it."""
    kept = next((match[name] for name in ("scheme", "url", "sip", "query", "line") if match[name]), "")
    if match["url"]:
        return f"{kept}{MASK}@"
    if match["sip"]:
        return f"{kept}:{MASK}@"
    return f"{kept}{MASK}"
