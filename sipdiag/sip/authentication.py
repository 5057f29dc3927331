"""The words of HTTP authentication as SIP uses it (RFC 3261 §22): its headers, schemes and public parameters."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AUTH_HEADERS = _words(
    """
    authorization proxy-authorization www-authenticate proxy-authenticate authentication-info
    proxy-authentication-info
    """
)
"""Headers made of a scheme and parameters (RFC 3261 §20.7, 20.27, 20.28, 20.44; RFC 7615)."""
SCHEMES = _words(
    """
    apikey aws4-hmac-sha256 basic bearer digest dpop gnap hawk hoba kerberos mutual negotiate ntlm oauth
    privatetoken scram-sha-1 scram-sha-256 tls-dsk token vapid
    """
)
"""Authentication schemes: IANA's, and those of SIP servers.  Another word in their place may be the secret itself."""
OPEN_PARAMETERS = _words(
    """
    algorithm authz_server charset domain error error_description error_uri nc nextnonce nonce opaque qop
    realm scope stale targetname uri userhash username version
    """
)
"""Parameters that give nothing away (RFC 7616, RFC 8898).  ``response``, ``cnonce``, ``rspauth``, ``auts``,
``ik``, ``ck`` (TS 24.229), ``gssapi-data`` and whatever else there is do."""
