import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.knowledge.causes import Cause
from sipdiag.knowledge.provider import ProviderResponse, pattern
from tests.knowledge.catalogue import builtin, classify, classify_example

ENTRIES = [(p.id, entry) for p in builtin() for entry in p.responses]
WITH_EXAMPLE = [
    pytest.param(provider, entry, id=f"{provider}: {entry.example}")
    for provider, entry in ENTRIES
    if entry.example is not None
]
ANYWHERE = [
    pytest.param(provider, entry, id=f"{provider}: {entry.example}")
    for provider, entry in ENTRIES
    if entry.example is not None and entry.anywhere
]


def sender(provider: str) -> str | None:
    """Who sends an entry's example; texts of everybody are sent by nobody known."""
    return None if builtin().get(provider).kind == "any" else provider


@pytest.mark.parametrize(("provider", "entry"), WITH_EXAMPLE)
def test_each_example_yields_its_entry(provider: str, entry: ProviderResponse) -> None:
    found = classify_example(entry, sender(provider))
    assert found is not None
    assert (found.cause, found.act) == (entry.cause, entry.act)
    if provider != "generic":
        assert found.provider == provider


@pytest.mark.parametrize(("provider", "entry"), WITH_EXAMPLE)
def test_each_text_matches_its_own_example(provider: str, entry: ProviderResponse) -> None:
    example = entry.example or ""
    if entry.text is not None and example.startswith("SIP/2.0"):
        assert pattern(entry.text).search(example[12:])


def test_every_text_has_an_example() -> None:
    assert [entry for _, entry in ENTRIES if entry.text is not None and entry.example is None] == []


@pytest.mark.parametrize(("provider", "entry"), ANYWHERE)
def test_a_distinctive_text_counts_whoever_sent_it(provider: str, entry: ProviderResponse) -> None:
    assert entry.example is not None
    if entry.example.startswith("SIP/2.0"):
        for other in (None, "asterisk", "bandwidth"):
            found = classify_example(entry, other)
            assert found is not None
            assert (found.cause, found.source) == (entry.cause, "text")


@pytest.mark.parametrize("provider", [None, *(p.id for p in builtin())])
@pytest.mark.parametrize(
    "status_line",
    [
        "SIP/2.0 403 Forbidden",
        "SIP/2.0 403",
        "SIP/2.0 403 Error",
        "SIP/2.0 486 Busy Here",
        "SIP/2.0 486 Busy here",
        "SIP/2.0 486 Call Rejected",
        "SIP/2.0 603 Decline",
        "SIP/2.0 603 Declined",
        "SIP/2.0 404 Not Found",
        "SIP/2.0 480 Temporarily Unavailable",
        "SIP/2.0 487 Request Terminated",
        "SIP/2.0 500 Server Internal Error",
        "SIP/2.0 401 Unauthorized",
        "SIP/2.0 407 Proxy Authentication Required",
        "SIP/2.0 488 Not Acceptable Here",
        "SIP/2.0 405 Method Not Allowed",
        "SIP/2.0 408 Request Timeout",
    ],
)
def test_default_phrases_tell_nothing(provider: str | None, status_line: str) -> None:
    statuses = (
        {status for entry in builtin().get(provider).by_status for status in entry.statuses}
        if provider
        else set()
    )
    found = classify(provider, status_line)
    # Where a status alone has a meaning (an application's refusal), the phrase adds nothing to it.
    assert (found.source if found is not None else None) == (
        "status" if int(status_line.split()[1]) in statuses else None
    )


@pytest.mark.parametrize(
    "status_line",
    [
        "SIP/2.0 404 Not found (no mailbox)",
        "SIP/2.0 486 Busy, international caller please hold",
        "SIP/2.0 480 No DNS results",
        "SIP/2.0 484 International number format expected",
        "SIP/2.0 403 The reason is nocallee",
        "SIP/2.0 486 ZANEPRAZDNENY",
        "SIP/2.0 480 Balance Smith is not here",
        "SIP/2.0 404 Route 53 has no such user",
        "SIP/2.0 403 Not Registered! You must register first with a S-CSCF",
        "SIP/2.0 500 Request out of order",
        "SIP/2.0 403 Room D35",
        "SIP/2.0 405 SIP Method Not Allowed D42",
        "SIP/2.0 401 Unauthorized - Challenging the UE",
        "SIP/2.0 401 nonce has changed",
        "SIP/2.0 488 Caller-ID: 403 REFER",
        "SIP/2.0 403 Forbidden - destination user does not accept calls",
        "SIP/2.0 404 Caller ID lookup done, user not found",
        "SIP/2.0 480 Destination not available",
        "SIP/2.0 480 Destination user is not registered",
        "SIP/2.0 486 Called number is busy",
        "SIP/2.0 486 All lines lead to Rome",
        "SIP/2.0 403 Number blocked by the called user",
        "SIP/2.0 480 Trunk prefix missing",
        "SIP/2.0 603 Call rejected by callee",
        "SIP/2.0 403 Route header not allowed",
        "SIP/2.0 403 Record-Route not permitted",
        "SIP/2.0 486 Called number has blocked your call",
        "SIP/2.0 603 Called number has barred the caller",
        "SIP/2.0 486 Destination user restricted",
        "SIP/2.0 403 Caller number not allowed to call this destination",
        "SIP/2.0 404 Caller ID taken, called number not valid",
    ],
)
def test_false_friends_from_somebody_unknown_tell_nothing(status_line: str) -> None:
    assert classify(None, status_line) is None


@pytest.mark.parametrize(
    ("status_line", "cause"),
    [
        ("SIP/2.0 403 Caller ID not verified", "caller_id"),
        ("SIP/2.0 403 Unverified calling number", "caller_id"),
        ("SIP/2.0 403 CLI not allowed", "caller_id"),
        ("SIP/2.0 503 Insufficient balance", "balance"),
        ("SIP/2.0 403 Account balance exhausted", "balance"),
        ("SIP/2.0 403 out of credit", "balance"),
        ("SIP/2.0 403 International calling disabled", "geo"),
        ("SIP/2.0 403 International dialing not permitted", "geo"),
        ("SIP/2.0 603 Country not allowed", "geo"),
        ("SIP/2.0 403 Your trial account may not call this number", "trial"),
        ("SIP/2.0 403 Account disabled", "suspended"),
        ("SIP/2.0 503 Too many concurrent calls", "concurrency"),
        ("SIP/2.0 486 Channel limit reached", "concurrency"),
        ("SIP/2.0 503 CPS limit reached", "rate_limit"),
        ("SIP/2.0 403 Wrong password", "credentials"),
        ("SIP/2.0 403 Authentication Failed", "credentials"),
        ("SIP/2.0 403 IP not authorized", "ip_acl"),
        ("SIP/2.0 503 No route found", "no_route"),
        ("SIP/2.0 603 Transfer not supported", "refer_disabled"),
        ("SIP/2.0 403 Anonymous calls are not accepted", "anonymous"),
        ("SIP/2.0 403 Presentation Number Not Authorised", "caller_id"),
        ("SIP/2.0 403 Invalid ANI", "caller_id"),
        ("SIP/2.0 403 A-number not allowed", "caller_id"),
        ("SIP/2.0 403 Invalid source number", "caller_id"),
        ("SIP/2.0 403 Caller ID must be a verified or purchased number", "caller_id"),
        ("SIP/2.0 403 The caller-ID test is unverified", "caller_id"),
        ("SIP/2.0 403 Destination blocked", "destination_blocked"),
        ("SIP/2.0 403 Calls to this destination are not allowed", "destination_blocked"),
        ("SIP/2.0 603 Outgoing call barred", "destination_blocked"),
        ("SIP/2.0 403 Maxcalls exceeded", "concurrency"),
        ("SIP/2.0 480 Channel capacity exceeded", "concurrency"),
        ("SIP/2.0 503 All channels busy", "concurrency"),
        ("SIP/2.0 503 Session limit exceeded", "concurrency"),
        ("SIP/2.0 603 Robocall detected", "spam"),
        ("SIP/2.0 403 Customer is blocked", "suspended"),
        ("SIP/2.0 403 Attestation level not allowed", "stir_shaken"),
        ("SIP/2.0 403 Relay Forbidden", "account_setup"),
        ("SIP/2.0 403 Preload Route denied", "account_setup"),
        ("SIP/2.0 403 Destination has been blocked", "destination_blocked"),
        ("SIP/2.0 503 Route is not allowed", "destination_blocked"),
        ("SIP/2.0 503 All lines busy", "concurrency"),
        ("SIP/2.0 503 Maximum Calls In Progress", "concurrency"),
        ("SIP/2.0 486 All lines busy", "busy"),
        ("SIP/2.0 486 Max Calls", "busy"),
        ("SIP/2.0 480 Too many calls", "busy"),
        ("SIP/2.0 503 No gateway available", "no_route"),
        ("SIP/2.0 503 Unable to route call", "no_route"),
    ],
)
def test_plain_wordings_of_anybody(status_line: str, cause: str) -> None:
    found = classify(None, status_line)
    assert found is not None
    assert (found.cause, found.source, found.provider) == (cause, "text", "generic")


def test_a_code_comes_before_text_and_reason() -> None:
    found = classify(
        "twilio",
        "SIP/2.0 403 Insufficient funds",
        "X-Twilio-Error: 32205 whatever",
        "Reason: Q.850;cause=17",
    )
    assert found is not None
    assert (found.cause, found.source, found.code, found.provider) == ("geo", "code", "32205", "twilio")


def test_a_code_header_counts_whoever_passed_it_on() -> None:
    for provider in (None, "livekit", "kamailio"):
        found = classify(provider, "SIP/2.0 403 Forbidden", "X-Twilio-Error: 32204")
        assert found is not None
        assert (found.cause, found.source, found.provider) == ("caller_id", "code", "twilio")


def test_a_code_in_the_phrase_counts_only_for_its_provider() -> None:
    found = classify("telnyx", "SIP/2.0 403 Forbidden D16")
    assert found is not None
    assert (found.cause, found.source, found.code) == ("suspended", "code", "D16")
    assert classify(None, "SIP/2.0 403 Forbidden D16") is None
    assert classify("twilio", "SIP/2.0 403 Forbidden D16") is None


@pytest.mark.parametrize("phrase", ["Forbidden d16", "D16 Forbidden", "Forbidden XD16", "Forbidden D160"])
def test_what_only_looks_like_a_code(phrase: str) -> None:
    assert classify("telnyx", f"SIP/2.0 403 {phrase}") is None


def test_a_known_text_keeps_the_code_beside_it() -> None:
    found = classify(None, "SIP/2.0 403 Caller Origination Number is Invalid D35")
    assert found is not None
    assert (found.cause, found.source, found.code, found.provider) == ("caller_id", "text", "D35", "telnyx")


def test_an_unlisted_code_is_named_and_linked() -> None:
    found = classify("twilio", "SIP/2.0 403 Forbidden", "X-Twilio-Error: 32999 new")
    assert found is not None
    assert (found.cause, found.source, found.code) == ("other", "code", "32999")
    assert found.url == "https://www.twilio.com/docs/api/errors/32999"


def test_an_unlisted_code_does_not_hide_a_known_text() -> None:
    found = classify("twilio", "SIP/2.0 403 Caller ID is unauthorized.", "X-Twilio-Error: 32999")
    assert found is not None
    assert (found.cause, found.source) == ("caller_id", "text")


def test_text_in_the_code_header_or_a_warning_counts() -> None:
    for header in ("X-Twilio-Error: Transfer not allowed", 'Warning: 399 twilio "SIP: Transfer not allowed"'):
        found = classify("twilio", "SIP/2.0 603 Decline", header)
        assert found is not None
        assert (found.cause, found.source) == ("refer_disabled", "text")


def test_analytics_block_shows_in_the_reason_header() -> None:
    found = classify(
        None, "SIP/2.0 603 Decline", 'Reason: SIP;cause=603;text="v=analytics1;url=https://x.example"'
    )
    assert found is not None
    assert found.cause == "spam"
    assert classify(None, "SIP/2.0 603 Decline") is None


@pytest.mark.parametrize(
    ("status_line", "reason", "cause"),
    [
        ("SIP/2.0 480 Temporarily Unavailable", "Q.850;cause=21", "declined"),
        ("SIP/2.0 480 Error", "q.850;cause=21", "declined"),
        ("SIP/2.0 480 Temporarily Unavailable", "Q.850;cause=20", "unavailable"),
        ("SIP/2.0 503 Service Unavailable", "Q.850;cause=34", "overload"),
        ("SIP/2.0 404 Not Found", "Q.850;cause=3", "no_route"),
        ("SIP/2.0 403 Forbidden", "Q.850;cause=1", "unknown_number"),
        ("SIP/2.0 403 Forbidden", 'Q.850;cause=17;text="USER_BUSY"', "busy"),
        ("SIP/2.0 503 Service Unavailable", "Q.850;cause=42", "overload"),
        ("SIP/2.0 500 Server Error", "Q.850;cause=88", "codec"),
        ("SIP/2.0 480 Temporarily Unavailable", "SIP;cause=486", "busy"),
        ("SIP/2.0 403 Forbidden", 'Q.850;cause=52;text="OUTGOING_CALL_BARRED"', "destination_blocked"),
    ],
)
def test_reason_says_more_than_the_status(status_line: str, reason: str, cause: str) -> None:
    found = classify(None, status_line, f"Reason: {reason}")
    assert found is not None
    assert found.cause == cause


@pytest.mark.parametrize(
    ("status_line", "reason"),
    [
        ("SIP/2.0 403 Forbidden", "Q.850;cause=21"),
        ("SIP/2.0 403 Forbidden", 'Q.850;cause=21;text="CALL_REJECTED"'),
        ("SIP/2.0 603 Decline", "Q.850;cause=21"),
        ("SIP/2.0 486 Busy Here", "Q.850;cause=17"),
        ("SIP/2.0 486 Busy Here", "Q.850;cause=16"),
        ("SIP/2.0 486 Busy Here", "Q.850;cause=31"),
        ("SIP/2.0 403 Forbidden", "Q.850;cause=0"),
        ("SIP/2.0 403 Forbidden", "Q.850;cause=127"),
        ("SIP/2.0 404 Not Found", "Q.850;cause=1"),
        ("SIP/2.0 480 Temporarily Unavailable", "Q.850;cause=19"),
        ("SIP/2.0 486 Busy Here", "SIP;cause=486"),
        ("SIP/2.0 403 Forbidden", "Q.850"),
        ("SIP/2.0 403 Forbidden", "X.int;cause=1"),
        ("SIP/2.0 487 Request Terminated", 'SIP;cause=200;text="Call completed elsewhere"'),
    ],
)
def test_reason_says_nothing_new(status_line: str, reason: str) -> None:
    assert classify(None, status_line, f"Reason: {reason}") is None


def test_the_first_reason_that_tells_something_counts() -> None:
    found = classify(None, "SIP/2.0 480 Error", "Reason: Q.850;cause=31", "Reason: Q.850;cause=20")
    assert found is not None
    assert (found.cause, found.source, found.code) == ("unavailable", "q850", "Q.850 20")


@pytest.mark.parametrize("provider", ["livekit", "retell", "elevenlabs"])
def test_what_is_built_on_a_family_answers_like_it(provider: str) -> None:
    found = classify(provider, "SIP/2.0 486 Rejected")
    assert found is not None
    assert (found.cause, found.provider) == ("application_rejected", "livekit")


def test_a_phrase_that_is_a_default_elsewhere_counts_only_for_whom_it_is_special() -> None:
    assert classify("twilio", "SIP/2.0 486 Rejected") is None
    assert classify(None, "SIP/2.0 486 Rejected") is None


def test_a_status_with_a_meaning_of_its_own_counts_last() -> None:
    bare = classify("vonage", "SIP/2.0 503 Service Unavailable")
    assert bare is not None
    assert (bare.cause, bare.source) == ("rate_limit", "status")
    told = classify("vonage", "SIP/2.0 503 Service Unavailable", "Reason: Q.850;cause=34")
    assert told is not None
    assert told.source == "q850"
    assert classify("twilio", "SIP/2.0 503 Service Unavailable") is None


def test_text_is_cut_before_it_is_searched() -> None:
    assert classify(None, f"SIP/2.0 403 {'x' * 512} Insufficient funds") is None
    assert classify(None, f"SIP/2.0 403 {'x' * 480} Insufficient funds") is not None


def test_an_id_nobody_knows_is_nobody() -> None:
    assert classify("no-such-provider", "SIP/2.0 403 Forbidden D16") is None


def test_no_text_begins_with_what_matches_everything() -> None:
    for _, entry in ENTRIES:
        if entry.text is not None:
            assert not re.search(entry.text, ""), entry.text
            assert not re.search(entry.text, "zzz", re.IGNORECASE), entry.text


def test_of_code_finds_carrier_codes() -> None:
    assert [e.provider for e in builtin().of_code("32204")] == ["twilio"]
    assert [e.cause for e in builtin().of_code("d35")] == ["caller_id"]
    assert [e.provider for e in builtin().of_code("4560")] == ["plivo"]
    assert builtin().of_code("nonsense") == []


@given(
    st.sampled_from([None, *(p.id for p in builtin())]),
    st.integers(300, 699),
    st.text(max_size=80),
    st.text(max_size=40),
)
def test_any_refusal_is_classified_or_not_without_a_fault(
    provider: str | None, status: int, phrase: str, value: str
) -> None:
    found = builtin().classify(provider, status=status, reason=phrase, header=lambda name: value)
    assert found is None or found.cause in Cause.__members__


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ('ms-diagnostics: 12010;reason="From URI does not match caller URI";source="fe01"', "caller_id"),
        ('ms-diagnostics: 12003;reason="Inconsistent internal state";source="fe01"', None),
        ("ms-diagnostics: 12010", None),
        ("X-Warning: Invalid CLI", "caller_id"),
        ("X-Reason: insufficient funds", "balance"),
        ('Reason: Q.850;cause=16;text="cant_translate_incoming_ani"', "not_e164"),
        ('Reason: Q.850;cause=16;text="cant_translate_incoming_dnis"', None),
    ],
)
def test_a_remark_outside_the_standard_counts_like_a_reason(header: str, cause: str | None) -> None:
    found = classify(None, "SIP/2.0 403 Forbidden", header)
    assert (found.cause if found is not None else None) == cause
