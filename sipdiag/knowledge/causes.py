"""The closed set of cause classes that the refusals of all carriers, platforms and PBXs map to."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Why a request was refused.  The values are stable; new classes are added at the end."""

    caller_id = 1
    geo = 2
    credentials = 3
    ip_acl = 4
    balance = 5
    trial = 6
    suspended = 7
    rate_limit = 8
    concurrency = 9
    unknown_number = 10
    busy = 11
    no_answer = 12
    unavailable = 13
    declined = 14
    refer_disabled = 15
    refer_target = 16
    spam = 17
    stir_shaken = 18
    codec = 19
    security = 20
    overload = 21
    no_route = 22
    not_e164 = 23
    anonymous = 24
    destination_blocked = 25
    no_trunk_or_rule = 26
    application_rejected = 27
    platform_unavailable = 28
    account_setup = 29
    loop = 30
    server_error = 31
    other = 32
    unknown = 33
    """Nothing names the cause, or nothing was refused; no table says so."""


NAMED = frozenset(cause.name for cause in Cause) - {Cause.unknown.name}
"""The classes that a provider file may name."""

MEANING: dict[Cause, str] = {
    Cause.caller_id: "the number shown as the caller may not be used here",
    Cause.geo: "calls to this country are not enabled",
    Cause.credentials: "user name or password were not accepted",
    Cause.ip_acl: "the sender's address is not on the list of allowed addresses",
    Cause.balance: "the account has no credit left, or a spending limit is reached",
    Cause.trial: "a trial account may not do this",
    Cause.suspended: "the account, connection or trunk is switched off",
    Cause.rate_limit: "too many calls per second, or per day",
    Cause.concurrency: "too many calls at the same time",
    Cause.unknown_number: "the dialled number does not exist or is malformed",
    Cause.busy: "the called party is busy",
    Cause.no_answer: "the called party did not answer",
    Cause.unavailable: "the called device is off, unregistered or out of reach",
    Cause.declined: "the called party, or somebody on its behalf, declined the call",
    Cause.refer_disabled: "call transfer by REFER is not enabled",
    Cause.refer_target: "the transfer's target is not acceptable",
    Cause.spam: "the call was blocked as unwanted or suspicious",
    Cause.stir_shaken: "the caller's signed identity (STIR) was missing or not accepted",
    Cause.codec: "no common codec, or media that is not supported",
    Cause.security: "TLS or SRTP was required and not used, or the other way round",
    Cause.overload: "no capacity at the moment",
    Cause.no_route: "there is no route to the destination",
    Cause.not_e164: "a number is not in E.164 form (+ and country code)",
    Cause.anonymous: "callers without a number are not accepted",
    Cause.destination_blocked: "this destination is barred",
    Cause.no_trunk_or_rule: "no trunk, number or dispatch rule of the platform matches the call",
    Cause.application_rejected: "the application behind the platform refused the call or did not join it",
    Cause.platform_unavailable: "the platform is out of quota or of service",
    Cause.account_setup: "the account, trunk or connection is not set up for this call",
    Cause.loop: "the call was routed in a circle",
    Cause.server_error: "the other side failed",
    Cause.other: "a known reason that fits no class",
}
"""One clause for each class, fit for "because …"."""
