"""The numbers of SIP and ISDN: response statuses, Q.850 causes, and how one is made from the other."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.knowledge.causes import Cause


class SipStatus(Struct, frozen=True):
    """A SIP response status (IANA registry "SIP Parameters")."""

    status: int
    name: str
    """The registered reason phrase."""
    rfc: str
    meaning: str


class Q850Cause(Struct, frozen=True):
    """An ISDN release cause, as Reason headers carry it (RFC 3326, RFC 6432)."""

    cause: int
    name: str
    sip: str
    """The status that RFC 3398 §7.2.4.1 makes of it; of what is not listed there, see :data:`UNLISTED_CAUSES`."""
    reading: str
    """What it tells about a call."""
    means: Cause | None = None
    """Its class; None where it says nothing (16, 31, 127, …) or too little."""


def _statuses(*rows: tuple[int, str, str, str]) -> dict[int, SipStatus]:
    return {row[0]: SipStatus(*row) for row in rows}


def _causes(*rows: tuple[int, str, str, str, Cause | None]) -> dict[int, Q850Cause]:
    return {row[0]: Q850Cause(*row) for row in rows}


SIP_STATUSES = _statuses(
    (100, "Trying", "RFC 3261", "the next hop has the request; it says nothing about the destination"),
    (180, "Ringing", "RFC 3261", "the called device rings"),
    (181, "Call Is Being Forwarded", "RFC 3261", "the call is sent on to another destination"),
    (182, "Queued", "RFC 3261", "the called party is busy for now and the call waits"),
    (183, "Session Progress", "RFC 3261", "early media or progress: ringing tone or an announcement"),
    (199, "Early Dialog Terminated", "RFC 6228", "one branch of a forked call ended"),
    (200, "OK", "RFC 3261", "success"),
    (202, "Accepted", "RFC 6665", "the request will be tried; for REFER only a NOTIFY tells the result"),
    (204, "No Notification", "RFC 5839", "accepted, and no NOTIFY follows"),
    (300, "Multiple Choices", "RFC 3261", "several destinations to choose from"),
    (301, "Moved Permanently", "RFC 3261", "the number has a new address: see Contact"),
    (302, "Moved Temporarily", "RFC 3261", "try the address in Contact"),
    (305, "Use Proxy", "RFC 3261", "go through the proxy in Contact"),
    (380, "Alternative Service", "RFC 3261", "the call cannot be set up, but another service is offered"),
    (400, "Bad Request", "RFC 3261", "the request is malformed, or a number is not in the expected form"),
    (401, "Unauthorized", "RFC 3261", "a challenge: send the request again with credentials"),
    (402, "Payment Required", "RFC 3261", "reserved; some carriers use it for lack of credit"),
    (403, "Forbidden", "RFC 3261", "understood and refused by policy; repeating it does not help"),
    (404, "Not Found", "RFC 3261", "the number or user does not exist there"),
    (405, "Method Not Allowed", "RFC 3261", "this request is known but not allowed here: see Allow"),
    (406, "Not Acceptable", "RFC 3261", "no answer acceptable under the request's Accept header"),
    (407, "Proxy Authentication Required", "RFC 3261", "a challenge by a proxy: send again with credentials"),
    (408, "Request Timeout", "RFC 3261", "no answer from the next hop or the called device in time"),
    (410, "Gone", "RFC 3261", "the number existed and is no longer in service"),
    (412, "Conditional Request Failed", "RFC 3903", "a PUBLISH refers to a state that is gone"),
    (413, "Request Entity Too Large", "RFC 3261", "the body is longer than accepted"),
    (414, "Request-URI Too Long", "RFC 3261", "the Request-URI is longer than accepted"),
    (415, "Unsupported Media Type", "RFC 3261", "the body's type or the offered media are not supported"),
    (416, "Unsupported URI Scheme", "RFC 3261", "the URI's scheme, often tel:, is not supported"),
    (417, "Unknown Resource-Priority", "RFC 4412", "the Resource-Priority is not known"),
    (420, "Bad Extension", "RFC 3261", "an extension in Require is not supported: see Unsupported"),
    (421, "Extension Required", "RFC 3261", "an extension the other side needs is not in Supported"),
    (422, "Session Interval Too Small", "RFC 4028", "ask again with the Min-SE given"),
    (423, "Interval Too Brief", "RFC 3261", "register again with the Min-Expires given"),
    (424, "Bad Location Information", "RFC 6442", "the location is malformed or insufficient"),
    (425, "Bad Alert Message", "RFC 8876", "an alert was rejected"),
    (428, "Use Identity Header", "RFC 8224", "the verifier wants a signed Identity header"),
    (429, "Provide Referrer Identity", "RFC 3892", "REFER needs a Referred-By with an identity token"),
    (430, "Flow Failed", "RFC 5626", "the connection to the client is gone"),
    (433, "Anonymity Disallowed", "RFC 5079", "calls without a caller's number are refused"),
    (
        436,
        "Bad Identity Info",
        "RFC 8224",
        "the certificate that the Identity header names cannot be fetched",
    ),
    (437, "Unsupported Credential", "RFC 8224", "the certificate of the Identity header is not trusted"),
    (438, "Invalid Identity Header", "RFC 8224", "the signature of the Identity header does not hold"),
    (439, "First Hop Lacks Outbound Support", "RFC 5626", "the edge proxy does not support outbound"),
    (440, "Max-Breadth Exceeded", "RFC 5393", "the request was forked too widely"),
    (469, "Bad Info Package", "RFC 6086", "the INFO package is not supported"),
    (470, "Consent Needed", "RFC 5360", "the recipient has not consented"),
    (480, "Temporarily Unavailable", "RFC 3261", "off, unregistered, do-not-disturb, or rang without answer"),
    (481, "Call/Transaction Does Not Exist", "RFC 3261", "no such dialog there (any more)"),
    (482, "Loop Detected", "RFC 3261", "the request came back, or arrived twice by different ways"),
    (483, "Too Many Hops", "RFC 3261", "Max-Forwards reached 0: a routing loop"),
    (484, "Address Incomplete", "RFC 3261", "the dialled number is too short"),
    (485, "Ambiguous", "RFC 3261", "the dialled user fits several"),
    (486, "Busy Here", "RFC 3261", "busy; some carriers also refuse with it"),
    (487, "Request Terminated", "RFC 3261", "ended by CANCEL (or BYE) of the calling side; no refusal"),
    (488, "Not Acceptable Here", "RFC 3261", "codecs, SRTP or other media terms do not fit"),
    (489, "Bad Event", "RFC 6665", "the event package is not supported"),
    (491, "Request Pending", "RFC 3261", "both sides sent a request at once: retry shortly"),
    (493, "Undecipherable", "RFC 3261", "the encrypted body cannot be read"),
    (494, "Security Agreement Required", "RFC 3329", "a security mechanism must be agreed on first"),
    (500, "Server Internal Error", "RFC 3261", "the server failed"),
    (501, "Not Implemented", "RFC 3261", "this method is not known there"),
    (502, "Bad Gateway", "RFC 3261", "the next network gave an invalid answer"),
    (503, "Service Unavailable", "RFC 3261", "overload, a limit or maintenance; another route may work"),
    (504, "Server Time-out", "RFC 3261", "a server behind did not answer in time"),
    (505, "Version Not Supported", "RFC 3261", "the SIP version is not supported"),
    (513, "Message Too Large", "RFC 3261", "the message is longer than accepted"),
    (555, "Push Notification Service Not Supported", "RFC 8599", "the push service is not supported"),
    (580, "Precondition Failure", "RFC 3312", "quality of service or security could not be had"),
    (600, "Busy Everywhere", "RFC 3261", "busy, and no other device will take the call"),
    (603, "Decline", "RFC 3261", "declined, by the callee or by policy; no reason implied"),
    (604, "Does Not Exist Anywhere", "RFC 3261", "the number does not exist"),
    (606, "Not Acceptable", "RFC 3261", "reached, but the media terms do not fit"),
    (607, "Unwanted", "RFC 8197", "the called user marked this caller as unwanted"),
    (608, "Rejected", "RFC 8688", "an analytics service on the way rejected the call: see Call-Info"),
)

_VARIANT_PHRASES = (
    "Session Progess", "Moved temporarily", "Not Authorized", "Proxy Authentication", "Timeout",
    "Request Time-out", "Temporarily not available", "Temporary Unavailable", "Temporarily Not Available",
    "Call Leg/Transaction Does Not Exist", "Call Leg Does Not Exist", "Busy", "User Busy", "Cancelled",
    "Request Cancelled", "Not Acceptable", "Internal Server Error", "Server Error", "Unavailable",
    "Server Timeout", "Gateway Time-out", "Declined", "Call Rejected", "Rejected", "Call Declined",
    "Reject", "Error", "Failure", "Unknown", "No Answer", "User Not Found", "No Reason",
)  # fmt: skip

DEFAULT_PHRASES = frozenset(
    phrase.casefold() for phrase in (*(s.name for s in SIP_STATUSES.values()), *_VARIANT_PHRASES)
)
"""Reason phrases that only repeat a status, case-folded."""

Q850_CAUSES = _causes(
    (1, "unallocated number", "404", "wrong or disconnected number", Cause.unknown_number),
    (2, "no route to transit network", "404", "the carrier has no route, or a bad prefix", Cause.no_route),
    (3, "no route to destination", "404", "the carrier has no route, or a bad prefix", Cause.no_route),
    (16, "normal call clearing", "BYE or CANCEL", "an ordinary hang-up", None),
    (17, "user busy", "486", "busy, without voicemail", Cause.busy),
    (18, "no user responding", "408", "the device gave no sign, not even ringing", Cause.unavailable),
    (19, "no answer from user", "480", "it rang and nobody answered", Cause.no_answer),
    (20, "subscriber absent", "480", "mobile off or out of coverage", Cause.unavailable),
    (
        21,
        "call rejected",
        "403",
        "rejected by callee or carrier, also caller-ID or spam block",
        Cause.declined,
    ),
    (22, "number changed", "410", "the number is no longer in use", Cause.unknown_number),
    (23, "redirected to new destination", "410", "the call was forwarded", None),
    (25, "exchange routing error", "500", "a routing loop or fault", Cause.loop),
    (26, "non-selected user clearing", "404", "answered elsewhere", None),
    (27, "destination out of order", "502", "a fault at the far end", Cause.unavailable),
    (28, "invalid number format", "484", "the dialled format is wrong or incomplete", Cause.unknown_number),
    (29, "facility rejected", "501", "a requested feature was refused", None),
    (31, "normal, unspecified", "480", "no information; often a catch-all of carriers", None),
    (34, "no circuit available", "503", "congestion, or a limit on channels", Cause.overload),
    (38, "network out of order", "503", "an outage", Cause.server_error),
    (41, "temporary failure", "503", "retry, or use another route", Cause.server_error),
    (42, "switching equipment congestion", "503", "overload, or too many calls a second", Cause.overload),
    (
        44,
        "requested circuit not available",
        "none; it stays within the gateway",
        "no free channel at the gateway",
        Cause.overload,
    ),
    (47, "resource unavailable", "503", "no media port, transcoder or the like", Cause.overload),
    (50, "requested facility not subscribed", "500", "not enabled on the account", Cause.account_setup),
    (52, "outgoing calls barred", "500", "barring, credit or country", Cause.destination_blocked),
    (54, "incoming calls barred", "500", "the called side bars calls", Cause.destination_blocked),
    (55, "incoming calls barred within CUG", "403", "the called side bars calls", Cause.destination_blocked),
    (57, "bearer capability not authorised", "403", "the account may not, often abroad", Cause.account_setup),
    (58, "bearer capability not available now", "503", "no capacity", Cause.overload),
    (63, "service or option unavailable", "500", "a catch-all", None),
    (65, "bearer capability not implemented", "488", "codec or media", Cause.codec),
    (69, "requested facility not implemented", "500", "an unsupported feature", None),
    (70, "only restricted digital information", "488", "codec or media", Cause.codec),
    (79, "service or option not implemented", "501", "an unsupported method or feature", None),
    (87, "user not member of CUG", "403", "barring", Cause.destination_blocked),
    (88, "incompatible destination", "503", "codecs or SRTP do not fit", Cause.codec),
    (95, "invalid message", "500", "interworking of protocols", None),
    (96, "mandatory information missing", "500", "interworking of protocols", None),
    (99, "information element not implemented", "500", "interworking of protocols", None),
    (100, "invalid information element contents", "500", "interworking of protocols", None),
    (101, "message not compatible with state", "500", "interworking of protocols", None),
    (
        102,
        "recovery on timer expiry",
        "504",
        "signalling timed out: a lost ACK, media or session timer",
        None,
    ),
    (111, "protocol error", "500", "malformed signalling", None),
    (127, "interworking, unspecified", "500", "no information: a hop that is not ISDN", None),
)

UNLISTED_CAUSES = frozenset({25, 50, 52, 54, 63, 69, 95, 96, 99, 100, 101})
"""Causes that RFC 3398 §7.2.4.1 does not list: 500 by its default, gateways differ (69 is often 501, 52 and 54 403)."""

UNINFORMATIVE_CAUSES = frozenset({0, 16, 31, 127})
"""Q.850 causes that never explain a refusal."""

_IMAGES: dict[int, frozenset[int]] = {
    status: frozenset(causes)
    for causes, statuses in (
        ((41,), (400, 481, 500, 503)),
        ((21,), (401, 402, 403, 407, 603)),
        ((1,), (404, 604)),
        ((63,), (405,)),
        ((79,), (406, 415, 501)),
        ((102, 18), (408,)),
        ((22,), (410,)),
        ((127,), (413, 414, 416, 420, 421, 423, 505, 513)),
        ((18, 19), (480,)),
        ((25,), (482,)),
        ((25, 19), (483,)),
        ((28,), (484,)),
        ((58,), (488, 606)),
        ((1,), (485,)),
        ((17,), (486, 600)),
        ((38,), (502,)),
        ((102,), (504,)),
    )
    for status in statuses
}
"""Status to the causes made of it: RFC 3398 §8.2.6.1, and Asterisk's table where it differs."""


def rfc3398_image(status: int, cause: int) -> bool:
    """Whether a gateway that knew nothing but ``status`` would have written this Q.850 cause.

    Only this direction makes a cause worthless: 503 is what RFC 3398 §7.2.4.1 makes of many causes,
    and there the cause says more than the status.
    """
    return cause in _IMAGES.get(status, frozenset())


SIP_CAUSES: dict[int, Cause] = {
    **dict.fromkeys((486, 600), Cause.busy),
    **dict.fromkeys((404, 410, 484, 604), Cause.unknown_number),
    **dict.fromkeys((415, 488, 606), Cause.codec),
    **dict.fromkeys((428, 436, 437, 438), Cause.stir_shaken),
    **dict.fromkeys((607, 608), Cause.spam),
    **dict.fromkeys((482, 483), Cause.loop),
    433: Cause.anonymous,
    480: Cause.unavailable,
    603: Cause.declined,
}
"""What a ``Reason: SIP;cause=…`` tells that differs from the response's own status."""


def is_default_phrase(phrase: str) -> bool:
    """Whether a reason phrase only repeats a status ("Busy Here", "Forbidden", "Call Rejected", nothing)."""
    bare = phrase.replace("_", " ").strip().rstrip(".!").casefold()
    return not bare or bare in DEFAULT_PHRASES
