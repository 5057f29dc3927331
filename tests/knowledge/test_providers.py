from pathlib import Path
from typing import Any

import pytest

from sipdiag.knowledge.causes import Cause
from sipdiag.knowledge.providercheck import check_provider
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.knowledge.yamltext import load, parse
from tests.knowledge.catalogue import FILES, RULES, builtin, classify

CARRIER = """
name: Example Telecom
kind: carrier
source: https://example.com/codes
seen: 2026-11
recognise:
  domains: [sip.example.net]
codes:
  - {in: reason-phrase, pattern: '\\b(E\\d+)$'}
responses:
  - {code: E7, cause: geo, meaning: country closed, act: carrier-account}
"""


def write(folder: Path, name: str, text: str) -> Path:
    providers = folder / "providers"
    providers.mkdir(exist_ok=True)
    (providers / f"{name}.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_built_in_file_is_sound(path: Path) -> None:
    assert [str(error) for error in check_provider(load(path))] == []


def test_the_files_are_there() -> None:
    assert {path.stem for path in FILES} >= {
        *("twilio", "telnyx", "livekit", "retell", "vapi", "elevenlabs", "plivo", "vonage", "bandwidth"),
        *("signalwire", "asterisk", "freeswitch", "kamailio", "opensips", "generic"),
    }


def test_every_statement_has_a_source_and_a_date() -> None:
    for provider in builtin():
        stated: list[Any] = [*provider.evidence, *provider.responses, *provider.ring_timers]
        for product in provider.products.values():
            stated += [x for x in (product.refer, product.foreign_caller_id) if x is not None]
        if provider.foreign_caller_id is not None:
            stated.append(provider.foreign_caller_id)
        for entry in stated:
            assert entry.source.startswith("https://"), (provider.id, entry)
            assert entry.seen, (provider.id, entry)


def test_a_code_stands_once_in_a_file_and_every_cause_is_a_class() -> None:
    for provider in builtin():
        codes = [code for entry in provider.responses for code in entry.codes]
        assert len(codes) == len(set(codes)), provider.id
        assert all(entry.cause in Cause.__members__ for entry in provider.responses)


def test_families_products_and_evidence_refer_to_what_exists() -> None:
    for provider in builtin():
        assert provider.family in builtin()
        places: list[Any] = [*provider.evidence, *provider.responses]
        named = {e.product for e in places if e.product}
        assert named <= provider.products.keys()


def test_traits_that_rules_rely_on() -> None:
    twilio, telnyx, livekit = (builtin().get(x) for x in ("twilio", "telnyx", "livekit"))
    assert twilio.judges == ("From", "Remote-Party-ID")
    assert twilio.judges_all
    assert telnyx.judges == ("P-Preferred-Identity", "P-Asserted-Identity", "Remote-Party-ID", "From")
    assert builtin().get("plivo").judges == ("P-Asserted-Identity", "From")
    assert [p.id for p in builtin() if p.private_contact_normal] == ["telnyx", "twilio"]
    assert {p.id for p in builtin() if p.family == "livekit"} == {"livekit", "retell", "elevenlabs"}
    assert {p.id for p in builtin() if p.voice_ai} == {"livekit", "retell", "vapi", "elevenlabs", "openai"}
    assert [p.id for p in builtin() if p.faces_sbc] == ["teams"]
    assert livekit.refer.answers_challenge is False


def test_refer_differs_between_the_products_of_twilio() -> None:
    twilio = builtin().get("twilio")
    trunk, voice = twilio.refer_of("elastic-sip-trunking"), twilio.refer_of("programmable-voice")
    assert trunk.aborts_on_bye
    assert trunk.success_unproven is None
    assert "--transfer-mode enable-all" in (trunk.enable[0].command or "")
    assert "answerOnBridge" in (voice.success_unproven or "")
    assert "referUrl" in (voice.enable[0].command or "")
    assert len(twilio.refer_of(None).enable) == 2
    assert twilio.refer_of("no-such-product") == twilio.refer
    trunk_rule, voice_rule = (twilio.foreign_caller_id_of(x) for x in twilio.products)
    assert trunk_rule is not None
    assert voice_rule is not None
    assert [twilio.products[x].answers_challenge for x in twilio.products] == [False, True]
    assert (trunk_rule.allowed, voice_rule.allowed) == ("no", "conditional")


def test_retell_is_told_to_send_refer_by_its_setting() -> None:
    assert "cold_transfer_mode" in builtin().get("retell").refer.send[0].text


def test_a_new_carrier_is_one_file(tmp_path: Path) -> None:
    providers = Providers.load([RULES, write(tmp_path, "example", CARRIER)])
    found = providers.of_host("a.sip.example.net")
    assert found is not None
    assert found.provider == "example"
    said = classify("example", "SIP/2.0 403 Forbidden E7", among=providers)
    assert said is not None
    assert (said.cause, said.code, said.url) == ("geo", "E7", "https://example.com/codes")
    assert "twilio" in providers


def test_a_file_of_the_same_id_replaces_the_built_in_one(tmp_path: Path) -> None:
    providers = Providers.load([RULES, write(tmp_path, "telnyx", CARRIER)])
    assert providers.get("telnyx").name == "Example Telecom"
    assert providers.of_host("sip.telnyx.com") is None


def test_a_users_file_is_checked(tmp_path: Path) -> None:
    folder = write(tmp_path, "example", CARRIER.replace("cause: geo", "cause: goe"))
    with pytest.raises(YamlError, match=r"example\.yaml:11:16: cause is 'goe' \(did you mean 'geo'\?\)"):
        Providers.load([RULES, folder])


def test_a_folder_without_providers_adds_none(tmp_path: Path) -> None:
    assert {p.id for p in Providers.load([RULES, tmp_path])} == {p.id for p in builtin()}


@pytest.mark.parametrize(
    ("change", "line", "part"),
    [
        (("kind: carrier", "kind: carier"), 3, "did you mean 'carrier'?"),
        (("name: Example Telecom", "title: x"), 2, "the key 'name' is missing"),
        (("name: Example Telecom", "nam: x"), 2, "the key 'nam' is not known here"),
        (("source: https://example.com/codes", "x: 1"), 6, "no source"),
        (("seen: 2026-11", "seen: 11/2026"), 5, "seen is '11/2026'"),
        (("domains: [sip.example.net]", "domains: [net]"), 7, "is no domain name"),
        (("domains: [sip.example.net]", "domain: [a.net]"), 7, "did you mean 'domains'?"),
        (("domains: [sip.example.net]", "networks: [10.0.0.1/8]"), 7, "is no network"),
        (("domains: [sip.example.net]", "networks: [10]"), 7, "is no network"),
        (("domains: [sip.example.net]", "server: ['(']"), 7, "is broken"),
        (("domains: [sip.example.net]", "proven: maybe"), 7, "must be true or false"),
        (("'\\b(E\\d+)$'", "'E'"), 9, "has no group"),
        (("code: E7", "status: 42"), 11, "no status of a refusal"),
        (("code: E7", "anywhere: true"), 11, "nothing says when"),
        (("code: E7", "code: E7, anywhere: true"), 11, "anywhere needs a text"),
        (("code: E7", "text: '('"), 11, "is broken"),
        (("code: E7", "code: {}"), 11, "must be a code"),
        (("act: carrier-account", "act: us"), 11, "act is 'us'"),
        (("act: carrier-account", "example: E7"), 11, "is no example"),
        (("act: carrier-account", "fix: x"), 11, "the key 'act' is missing"),
    ],
)
def test_faults_are_named_with_their_line(change: tuple[str, str], line: int, part: str) -> None:
    assert check_provider(parse(CARRIER)) == []
    errors = check_provider(parse(CARRIER.replace(*change), "x.yaml"))
    assert [e.line for e in errors if part in str(e)][:1] == [line], [str(e) for e in errors]


@pytest.mark.parametrize(
    "text", ["", "5", "- a\n", "responses: 5\nname: x\nkind: carrier\n", "recognise: [1, x]\n"]
)
def test_any_yaml_can_be_checked(text: str) -> None:
    assert check_provider(parse(text)) != []


def test_advice_by_name() -> None:
    twilio, retell, livekit = (builtin().get(x) for x in ("twilio", "retell", "livekit"))
    [geo] = twilio.advice_of("geo_permissions")
    assert "Geo permissions" in geo.text
    assert (
        twilio.advice_of("refer_enable", "elastic-sip-trunking")
        == twilio.refer_of("elastic-sip-trunking").enable
    )
    assert twilio.advice_of("foreign_caller_id", "programmable-voice")[0].text.startswith(
        "The callerId of a <Dial>"
    )
    assert twilio.advice_of("no_such_advice") == ()
    assert retell.advice_of("join") == livekit.advice_of("join") != ()
    assert retell.advice_of("human_detection") != livekit.advice_of("human_detection")
    assert builtin().get("plivo").advice_of("join") == ()
    assert "announcement" in builtin().shared_advice("announcement")[0].text


def test_ring_timers_are_told_by_their_length() -> None:
    livekit = builtin().get("livekit")
    assert [step.text for step in livekit.ring_timers_of([80.3])] == [
        "With wait_until_answered, the API deadline (80 s unless the client sets one) ends the dialling."
    ]
    assert len(livekit.ring_timers_of([80.7])) == len(livekit.ring_timers)
    assert "transfer_ring_duration_ms" in (builtin().get("retell").ring_timers_of([30.0])[-1].command or "")


def test_whether_a_challenge_is_answered() -> None:
    twilio = builtin().get("twilio")
    assert twilio.answers_challenge("elastic-sip-trunking") is False
    assert twilio.answers_challenge("programmable-voice") is True
    assert twilio.answers_challenge() is None
    assert builtin().get("telnyx").answers_challenge() is None
