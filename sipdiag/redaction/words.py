"""How values are redacted, by the name of the header or parameter they stand in.

What is in no table, here or in ``vocabulary.yaml``, is redacted whole.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ADDRESS_HEADERS = _words(
    """
    alert-info call-info contact diversion error-info from geolocation geolocation-error history-info
    p-associated-uri p-asserted-identity p-called-party-id p-charge-info p-preferred-identity
    p-profile-key p-refused-uri-list p-served-user path permission-missing policy-contact record-route
    refer-events-at refer-to referred-by remote-party-id reply-to route service-route to trigger-consent
    identity-info
    """
)
ID_HEADERS = _words(
    """
    call-id in-reply-to sip-etag sip-if-match session-id
    """
)
DIALOG_HEADERS = _words(
    """
    replaces join target-dialog same-session
    """
)
PRODUCT_HEADERS = _words(
    """
    user-agent server
    """
)
AUTH_IDS = _words(
    """
    nonce cnonce nextnonce opaque response rspauth auts
    """
)
OPAQUE_HEADERS = _words(
    """
    subject organization user-to-user identity p-charging-vector p-charging-function-addresses
    x-identity p-access-network-info p-visited-network-id p-preferred-service p-asserted-service
    accept-contact reject-contact resource-priority accept-resource-priority feature-caps
    p-dcs-billing-info p-media-authorization p-user-database p-private-network-indication
    p-dcs-trace-party-id p-dcs-osps p-dcs-laes p-dcs-redirect attestation-info origination-id
    geolocation-routing encryption hide response-key trigger-consent priv-answer-mode priority-verstat
    max-breadth suppress-if-match target-dialog p-session-capability x-asterisk-hangupcause
    x-forwarded-for
    """
)
"""Headers of the registries whose values are redacted whole; their names name nobody."""
WELL_KNOWN_USERS = _words(
    """
    anonymous unavailable restricted unknown private withheld blocked no-caller-id sipvicious nmap
    """
)
"""User parts and display names that say there is none, or that a scanner calls (facts/scanners.py)."""
PRIVATE_ENDINGS = _words(
    """
    local lan internal invalid test example localdomain home arpa corp
    """
)
"""Last labels that stay: no public name ends in them."""
HEADER_NAME_WORDS = _words(
    """
    x p call callid callsid calluuid sid id uuid session sessionid leg legid correlation conversation
    cid ucid account from to user custom header info number
    """
)
FLAGS = _words(
    """
    true false yes no on off none null
    """
)
TAG_PARAMETERS = _words(
    """
    tag to-tag from-tag local-tag remote-tag ftag vsf vst did
    """
)
ID_PARAMETERS = _words(
    """
    branch id remote icid-value +sip.instance gr sip.instance uuid boundary rinstance
    """
)
HOST_PARAMETERS = _words(
    """
    maddr received icid-generated-at trunk-context domain orig-ioi term-ioi
    """
)
NAMED_PARAMETERS = _words(
    """
    +g.3gpp.accesstype +g.3gpp.cs-voice +g.3gpp.icsi-ref +g.3gpp.mid-call +g.3gpp.ps2cs-srvcc-orig-pre-alerting
    +g.3gpp.smsip +g.3gpp.srvcc-alerting +g.oma.sip-im +org.linphone.specs description events extensions language
    info location text type
    """
)
"""Parameters that may be named, though nothing is known of their values."""
