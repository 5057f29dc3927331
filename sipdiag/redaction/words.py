"""The words a redaction leaves as they are: names of headers and parameters, of software, of nobody.

What is not in one of these tables is redacted.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SDP_ATTRIBUTES = _words(
    """
    rtpmap fmtp ptime maxptime sendrecv sendonly recvonly inactive rtcp-mux rtcp-rsize rtcp-fb extmap
    setup mid group silencesupp curr des conf content bundle-only ice-lite ice-options end-of-candidates
    connection framerate quality extmap-allow-mixed t38faxversion t38maxbitrate t38faxfillbitremoval
    t38faxtranscodingmmr t38faxtranscodingjbig t38faxratemanagement t38faxmaxbuffer t38faxmaxdatagram
    t38faxudpec t38vendorinfo rtcp-xr simulcast rid mptime label
    """
)
"""SDP attributes that name nobody."""
ADDRESS_HEADERS = _words(
    """
    alert-info call-info contact diversion error-info from geolocation geolocation-error history-info
    p-associated-uri p-asserted-identity p-called-party-id p-charge-info p-preferred-identity
    p-profile-key p-refused-uri-list p-served-user path permission-missing policy-contact record-route
    refer-events-at refer-to referred-by remote-party-id reply-to route service-route to trigger-consent
    identity-info
    """
)
PLAIN_HEADERS = _words(
    """
    accept accept-encoding accept-language allow allow-events answer-mode content-disposition
    content-encoding content-language content-length expires flow-timer info-package max-breadth
    max-forwards mime-version min-expires min-se p-early-media priority privacy proxy-require rack
    recv-info refer-sub request-disposition require rseq session-expires sip-date
    subscription-state supported timestamp unsupported p-answer-state security-client security-server
    security-verify x-asterisk-hangupcause x-asterisk-hangupcausecode
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
CREDENTIAL_HEADERS = _words(
    """
    authorization proxy-authorization www-authenticate proxy-authenticate authentication-info
    proxy-authentication-info
    """
)
PRODUCT_HEADERS = _words(
    """
    user-agent server
    """
)
AUTH_KEPT = _words(
    """
    algorithm qop nc stale charset userhash
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
    anonymous unavailable restricted unknown private withheld blocked no-caller-id
    """
)
"""User parts and display names that say there is none."""
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
SOFTWARE = _words(
    """
    3cx a10 adtran aculab alcatel algo anveo app asterisk audiocodes avaya b2bua baresip blink bria
    broadsoft broadworks cisco client cloud core counterpath cube digium drachtio edge elastic
    enterprise ericsson eyebeam fanvil for fpbx freepbx freeswitch fritz friendly fusionpbx gateway
    genband gigaset git grandstream gs htek huawei ingate innovaphone ios jitsi jssip kamailio kapanga
    lancom linksys linphone linphonec livekit media mediagateway metaswitch microsip microsoft mitel
    mizu mobile mod_sofia nokia obihai ooma openser opensips oracle os panasonic patton pbx phone
    phonerlite pjproject pjsip pjsua platform polycom pplsip proxy python rc recording release retell
    ribbon router sangoma sbc scanner sdk sems server service session sip siemens sipcli sipp sipsak
    sipscan sipura sipvicious sip.js skype sma snom sofia softphone software sonus spa starface studio
    sundayddr switch teams telnyx teles telephone telephony the trunk twilio ua unify user-agent
    vaxsipuseragent vapi version voice voip vonage web webrtc windows x-lite xlite yate yealink zoiper
    zyxel android linux
    """
)
"""Words that name products or their kind: of a User-Agent, only these and versions stay."""
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
PLAIN_PARAMETERS = _words(
    """
    +sip.ice +sip.src alias application audio automata cause charset class comp counter cpc duplex
    early-only expires hidden index isup-oli keep limit location lr method mobility mp nat noa npdi ob
    oli party priority privacy purpose q r2 rc reason refresher reg-id rport schemes screen sigcomp
    sip.ice transport ttl user version verstat video
    """
)
"""Parameters whose values name nobody (RFC 3261 §25.1 and the IANA registries of parameters)."""
