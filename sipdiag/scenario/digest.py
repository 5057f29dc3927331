"""Digest challenges and credentials that really compute (RFC 2617, MD5 with qop=auth, as SIP carriers use it)."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from sipdiag.scenario.tokens import Tokens


class DigestChallenge(Struct, frozen=True):
    """What a 401 or 407 asks for."""

    realm: str
    nonce: str
    proxy: bool
    stale: bool = False

    @property
    def header(self) -> tuple[str, str]:
        """Header name and value of the challenge."""
        name = "Proxy-Authenticate" if self.proxy else "WWW-Authenticate"
        stale = ", stale=true" if self.stale else ""
        return name, f'Digest realm="{self.realm}", nonce="{self.nonce}", algorithm=MD5, qop="auth"{stale}'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def credentials(
    challenge: DigestChallenge, user: str, password: str, method: str, uri: str, tokens: Tokens
) -> tuple[str, str]:
    """Header name and value that answer a challenge."""
    cnonce = tokens.pattern("%16x", "cnonce", challenge.nonce, method)
    secret = _md5(f"{user}:{challenge.realm}:{password}")
    response = _md5(f"{secret}:{challenge.nonce}:00000001:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
    name = "Proxy-Authorization" if challenge.proxy else "Authorization"
    return name, (
        f'Digest username="{user}", realm="{challenge.realm}", nonce="{challenge.nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="{cnonce}", qop=auth, nc=00000001'
    )
