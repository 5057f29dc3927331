"""The header fields of SIP: what each says, and what it tells about a call that failed."""

from __future__ import annotations

from msgspec import Struct


class HeaderField(Struct, frozen=True):
    """A header field (IANA registry "SIP Parameters")."""

    name: str
    source: str
    """``RFC 3261``, or the document that describes it."""
    meaning: str
    look: str
    """What to look at in a trace."""


_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("Accept", "RFC 3261", "the bodies that its sender understands", "a 415 names what was not among them"),
    ("Alert-Info", "RFC 3261", "how the called phone is to ring", "it never decides whether a call succeeds"),
    (
        "Allow",
        "RFC 3261",
        "the methods its sender takes",
        "a transfer needs REFER in the Allow of the side that is to be moved",
    ),
    (
        "Allow-Events",
        "RFC 6665",
        "the event packages its sender takes",
        "a side that lists refer takes NOTIFYs about transfers",
    ),
    (
        "Authorization",
        "RFC 3261",
        "the answer to a 401",
        "its username and realm against those of the account; the response is masked in all outputs",
    ),
    (
        "Call-ID",
        "RFC 3261",
        "names a dialog together with both tags",
        "it changes at every B2BUA, and stays the same through proxies",
    ),
    (
        "Call-Info",
        "RFC 3261",
        "further information about the caller or the called party",
        "it never decides whether a call succeeds",
    ),
    (
        "Contact",
        "RFC 3261",
        "where the other side sends further requests of the dialog",
        "a private address there sends ACK and BYE nowhere",
    ),
    (
        "Content-Encoding",
        "RFC 3261",
        "how the body is compressed",
        "a side that does not know it answers 415",
    ),
    ("Content-Length", "RFC 3261", "bytes of the body", "over TCP a wrong one shifts all messages after it"),
    (
        "Content-Type",
        "RFC 3261",
        "what the body is",
        "an SDP offer or answer is application/sdp; a NOTIFY about a REFER carries message/sipfrag",
    ),
    (
        "CSeq",
        "RFC 3261",
        "numbers the requests of a dialog, and says which one a response answers",
        "a gap is a request that was not captured or was lost",
    ),
    (
        "Diversion",
        "RFC 5806",
        "who the call was forwarded by",
        "carriers let a foreign number be shown if it names a number of the account",
    ),
    ("Event", "RFC 6665", "what a SUBSCRIBE or NOTIFY is about", "refer: it tells how a transfer goes on"),
    (
        "Expires",
        "RFC 3261",
        "for how many seconds a registration, subscription or request holds",
        "0 in a REGISTER ends the registration",
    ),
    (
        "From",
        "RFC 3261",
        "who calls, as the caller writes it",
        "its number is shown unless P-Asserted-Identity or Remote-Party-ID names another",
    ),
    (
        "History-Info",
        "RFC 7044",
        "the targets that a call was sent to before",
        "the entry before the last says who forwarded it",
    ),
    ("Identity", "RFC 8224", "the signed caller identity (STIR)", "a 438 or 428 refuses it, or its absence"),
    (
        "Join",
        "RFC 3911",
        "the dialog that a new INVITE joins",
        "it must name a dialog that exists where the INVITE arrives",
    ),
    (
        "Max-Forwards",
        "RFC 3261",
        "how many more hops a request may take",
        "a 483 says that it went round in a circle",
    ),
    (
        "Min-Expires",
        "RFC 3261",
        "the shortest time a registrar takes",
        "comes with 423; the next REGISTER must ask for at least so much",
    ),
    (
        "Min-SE",
        "RFC 4028",
        "the shortest session interval that is taken, in seconds",
        "comes with 422; the next INVITE must ask for at least so much",
    ),
    (
        "P-Asserted-Identity",
        "RFC 3325",
        "who calls, as a trusted network vouches for it",
        "carriers check this number, before From, against those of the account",
    ),
    (
        "P-Charging-Vector",
        "RFC 7315",
        "ids for the accounting of a call",
        "its icid-value is the same on both sides of many B2BUAs",
    ),
    (
        "P-Preferred-Identity",
        "RFC 3325",
        "which of its identities the caller wishes to be shown",
        "a network may put it into P-Asserted-Identity",
    ),
    (
        "Path",
        "RFC 3327",
        "the proxies that lead to a registered phone",
        "without it calls to a phone behind an edge proxy do not arrive",
    ),
    (
        "Privacy",
        "RFC 3323",
        "which of the caller's identities are to be withheld",
        "id hides P-Asserted-Identity from whoever is not trusted; some carriers refuse such calls",
    ),
    (
        "Proxy-Authenticate",
        "RFC 3261",
        "a challenge, with realm and nonce",
        "comes with 407; the request is sent again with Proxy-Authorization",
    ),
    (
        "Proxy-Authorization",
        "RFC 3261",
        "the answer to a 407",
        "its username and realm against those of the account; the response is masked in all outputs",
    ),
    (
        "RAck",
        "RFC 3262",
        "which reliable provisional response a PRACK acknowledges",
        "it repeats the RSeq and CSeq of that response",
    ),
    (
        "Reason",
        "RFC 3326",
        "why a request was sent or a call refused: a SIP status or Q.850 cause",
        "it often says what the status hides; 'sipdiag explain cause N' reads the number",
    ),
    (
        "Record-Route",
        "RFC 3261",
        "the proxies that stay in the path of a dialog",
        "whoever ignores it sends ACK and BYE past them",
    ),
    (
        "Refer-Sub",
        "RFC 4488",
        "whether a REFER makes a subscription",
        "with false no NOTIFY follows, and nothing tells the transfer's result",
    ),
    (
        "Refer-To",
        "RFC 3515",
        "the target of a transfer",
        "it must be reachable for the side that gets the REFER; Replaces in it makes the transfer an attended one",
    ),
    ("Referred-By", "RFC 3892", "who asked for a transfer", "it joins the new leg to the call it came from"),
    (
        "Remote-Party-ID",
        "draft-ietf-sip-privacy",
        "who calls, as older equipment says it",
        "some carriers check this number before From",
    ),
    (
        "Replaces",
        "RFC 3891",
        "the dialog that a new INVITE takes the place of",
        "it must name a dialog that exists where the INVITE arrives; else 481",
    ),
    ("Require", "RFC 3261", "extensions that must be understood", "a 420 names those that are not"),
    ("Retry-After", "RFC 3261", "in how many seconds to try again", "comes with 503, 486, 600 and others"),
    (
        "Route",
        "RFC 3261",
        "the proxies that this request still has to pass",
        "in a dialog it must be the Record-Route of its first response, in reverse for the caller",
    ),
    (
        "RSeq",
        "RFC 3262",
        "numbers a provisional response that must be acknowledged",
        "without a PRACK it is sent again, and in the end the call is refused",
    ),
    ("Server", "RFC 3261", "the software that answered", "names who answers where no address does"),
    (
        "Service-Route",
        "RFC 3608",
        "the proxies that requests of a registered phone are to pass",
        "comes with the 200 to REGISTER",
    ),
    (
        "Session-Expires",
        "RFC 4028",
        "after how many seconds a session ends unless it is refreshed, and who refreshes",
        "a BYE at about this time after the last refresh is a refresh that failed",
    ),
    (
        "Session-ID",
        "RFC 7989",
        "an id that stays the same through B2BUAs",
        "it joins the legs of a call; older equipment sends one of RFC 7329",
    ),
    ("Subject", "RFC 3261", "what the call is about", "it never decides whether a call succeeds"),
    (
        "Subscription-State",
        "RFC 6665",
        "whether a subscription goes on",
        "terminated in a NOTIFY about a REFER: this was the last word on the transfer",
    ),
    (
        "Supported",
        "RFC 3261",
        "the extensions its sender knows",
        "an attended transfer needs replaces, session timers timer, PRACK 100rel",
    ),
    (
        "Target-Dialog",
        "RFC 4538",
        "a dialog that the sender takes part in",
        "it authorises a REFER outside that dialog",
    ),
    (
        "To",
        "RFC 3261",
        "who is called; its tag names the called side's end of the dialog",
        "a proxy may call another number: that is in the Request-URI",
    ),
    ("Unsupported", "RFC 3261", "the required extensions that are not known", "comes with 420"),
    ("User-Agent", "RFC 3261", "the software that sent the request", "names who sends where no address does"),
    ("User-to-User", "RFC 7433", "data of one application for the other", "B2BUAs and carriers may drop it"),
    (
        "Via",
        "RFC 3261",
        "the way of a request, and with it of its responses",
        "received and rport in the topmost one say where the sender really is",
    ),
    (
        "Warning",
        "RFC 3261",
        "why a request was refused, with a three-digit code",
        "305 and 304 are about codecs and media, 370 about bandwidth, 399 is free text",
    ),
    (
        "WWW-Authenticate",
        "RFC 3261",
        "a challenge, with realm and nonce",
        "comes with 401; stale=true asks for the same password with the new nonce",
    ),
)
FIELDS: dict[str, HeaderField] = {row[0].lower(): HeaderField(*row) for row in _FIELDS}
"""Name in lower case → the field."""
