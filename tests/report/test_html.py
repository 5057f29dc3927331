"""The page holds everything, asks for nothing, and escapes what a capture carries."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from sipdiag.pipeline.results import Analysis, Party
from sipdiag.report import html, markdown, terminal, triage
from tests.report import fixtures

VOID = {"meta", "link", "br", "input", "img", "hr"}


class Reader(HTMLParser):
    """Collects what a browser would act on, and checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.misnested: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_page_is_well_formed_and_self_contained(make: Callable[[], Analysis]) -> None:
    page = read(html.render(make()))
    assert page.misnested == []
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.tags) & {"img", "iframe", "object", "embed", "base", "form"} == set()
    assert page.tags.count("script") == page.tags.count("style") == 1
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"src", "srcset", "style", "action"}, (tag, name)
        if name == "href":
            assert value.startswith(("#", "https://", "data:,")), value


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_links_within_the_page_lead_somewhere(make: Callable[[], Analysis]) -> None:
    page = read(html.render(make()))
    targets = {value[1:] for _, name, value in page.attributes if name == "href" and value.startswith("#")}
    assert targets <= set(page.ids)


def test_policy_allows_exactly_our_script_and_style() -> None:
    page = html.render(fixtures.healthy())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe" not in policy[1]
    for element in ("script", "style"):
        inner = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert inner
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy[1]


def test_story_of_a_missing_refer() -> None:
    page = html.render(fixtures.refer_missing())
    assert "<title>Transfer failed: call.pcap</title>" in page
    assert '<h1 id="verdict">LiveKit never sent a REFER on this leg;' in page
    assert "<b>Certain</b>: the capture proves it" in page
    assert "LiveKit administrator" in page
    assert "cold_transfer_mode = sip_refer" in page
    assert "REFER expected here" in page
    assert "42.0 s without signalling" in page
    assert "Consequences (1)" in page
    assert "captures/call.pcap" not in page


def test_letter_names_call_ids_times_and_frames() -> None:
    page = html.render(fixtures.refer_missing())
    letter = re.search(r'id="letter"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert letter
    for part in ("SCL_us1_c1_8f2c1d0e@54.172.60.1", "2026-09-21T14:14:06.665456Z frame 6", "CA0123456789"):
        assert part in letter[1]
    assert (
        "1. Set the platform&#39;s transfer mode to REFER explicitly.\n   cold_transfer_mode = sip_refer\n"
        in letter[1]
    )


def test_digest_response_is_masked() -> None:
    page = html.render(fixtures.refused_second_invite())
    assert "Proxy-Authorization" in page
    assert "5ec4e7" not in page


def test_legs_differ_by_colour_and_pattern() -> None:
    page = html.render(fixtures.refused_second_invite())
    assert re.search(r'class="wire leg0" d="[^"]+"/>', page)
    assert re.search(r'class="wire leg1" d="[^"]+" stroke-dasharray="8 4"', page)


def test_differences_to_the_message_of_the_same_kind_are_marked() -> None:
    page = html.render(fixtures.refused_second_invite())
    assert "<mark><b>CSeq</b>: 2 INVITE</mark>" in page
    assert "Marked lines differ from frame" in page


def test_session_description_is_decoded_beside_its_message() -> None:
    page = html.render(fixtures.refused_second_invite())
    message = re.search(r'id="f1-frame-1">(.*?)</details>', page, re.DOTALL)
    assert message
    assert (
        "<li>audio at 203.0.113.20:16000 (RTP/AVP, sendrecv): pcmu, pcma, telephone-event</li>" in message[1]
    )
    answer = re.search(r'id="f1-frame-2">(.*?)</details>', page, re.DOTALL)
    assert answer
    assert "<li>audio" not in answer[1]


def test_unanswered_request_ends_in_a_cross() -> None:
    analysis = fixtures.healthy()
    assert 'class="lost"' not in html.render(analysis)
    leg = analysis.details[0].legs[0].leg
    wire = fixtures.Wire(leg, clock=leg.last_ns, frame=50)
    wire.send("OPTIONS sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq="9 OPTIONS")
    assert html.render(analysis).count('class="lost"') == 1


def test_message_cited_by_two_findings_has_both_numbers() -> None:
    page = html.render(fixtures.refer_missing())
    assert re.search(r'class="badge mid"[^>]*>1,2</text>', page)


def test_each_transfer_is_tied_for_itself() -> None:
    analysis = fixtures.refer_transfer()
    once = html.render(analysis).count('<circle class="tie"')
    assert once == 4
    result = analysis.details[0]
    analysis.calls[0] = replace(result, transfers=result.transfers * 2)
    twice = html.render(analysis)
    assert twice.count('<circle class="tie"') == 2 * once
    assert len(set(re.findall(r'<circle class="tie" cx="([\d.]+)"', twice))) == 2


def test_a_flood_of_transfers_is_counted_not_listed() -> None:
    analysis = fixtures.refer_transfer()
    result = analysis.details[0]
    analysis.calls[0] = replace(result, transfers=result.transfers * 500)
    for text in (html.render(analysis), markdown.render(analysis), terminal.render(analysis)):
        assert re.search("4(80|96|97|98|99) more transfers", text)
        assert len(text) < 150_000
    assert len(terminal.render(analysis).splitlines()) <= 25


def test_identity_that_changed_between_legs_is_marked() -> None:
    page = html.render(fixtures.refused_second_invite())
    row = re.search(r"P-Asserted-Identity</th>(.*?)</tr>", page, re.DOTALL)
    assert row
    assert "changed" in row[1]
    unchanged = re.search(r">From</th>(.*?)</tr>", page, re.DOTALL)
    assert unchanged
    assert "changed" not in unchanged[1]


def test_healthy_and_empty_pages_are_calm() -> None:
    healthy = html.render(fixtures.healthy())
    assert 'class="hero good"' in healthy
    assert "3 checks passed" in healthy
    empty = html.render(fixtures.empty())
    assert 'class="hero calm"' in empty
    assert "The file ends within a record." in empty


def test_every_call_has_a_row_and_the_page_says_what_has_no_details() -> None:
    page = html.render(fixtures.many_calls(30))
    assert len(re.findall(r'<th scope="row" data-v=', page)) == 30
    assert "The details of 9 calls are not on this page." in page
    assert "sipdiag analyze call.pcap --call=" in page


def call_data(page: str) -> dict[str, list[list[object]]]:
    data = re.search(r'<script type="application/json" id="calldata">(.*?)</script>', page, re.DOTALL)
    assert data
    found: dict[str, list[list[object]]] = json.loads(data[1])
    return found


def test_of_many_calls_the_worst_are_rows_and_all_are_data() -> None:
    page = html.render(fixtures.many_calls(1200))
    rows = re.findall(r'<tr data-peer[^>]*><th scope="row" data-v=.*?</tr>', page)
    assert len(rows) == 200
    assert all("The called party was busy" in row for row in rows)
    data = call_data(page)
    assert len(data["rows"]) == 1200
    assert {row[0] for row in data["rows"]} == {f"c{number}" for number in range(1, 1201)}
    assert [label for label, _ in data["outcomes"]].count("Busy") == 1
    links = {row[1] for row in data["rows"] if row[1]}
    assert links <= {f"#{value}" for value in read(page).ids}
    assert len(links) == 21


def test_of_very_many_calls_the_table_holds_the_worst_and_the_page_says_so() -> None:
    made = fixtures.mostly_brief(300)
    results = made.calls[20:]
    while len(made.calls) < 25_000:
        number = len(made.calls) + 1
        changes = {"id": f"c{number}", "start_ns": fixtures.START + number * fixtures.S}
        made.calls.append(replace(results[number % len(results)], **changes))
    page = html.render(made)
    assert len(page.encode()) < 5_000_000
    assert "All 25,000 calls" in page
    assert "The table holds the 10,000 worst calls; 15,000 more calls are only counted above." in page
    assert "<code>sipdiag calls call.pcap</code> lists every call." in page
    data = call_data(page)
    assert len(data["rows"]) == 10_000
    # Every call with a root cause is among them, and all are counted in the charts.
    found = [row for row in data["rows"] if data["causes"][int(str(row[9]))][0]]
    assert len(found) == sum(result.root_cause is not None for result in made.calls)
    assert sum(bar.calls for bar in triage.board(made).outcomes) == 25_000


def test_call_told_in_brief_has_a_row_and_no_details() -> None:
    page = html.render(fixtures.mostly_brief(30))
    assert len(re.findall(r'<th scope="row" data-v=', page)) == 30
    assert set(re.findall(r'<div id="call-(\d+)" class="inner"', page)) == {"1", "2", "4", "5", "6"}
    row = re.search(r'<th scope="row"[^>]*data-id="([^"]*)">c9</th>', page)
    assert row
    assert row[1] == fixtures.inbound_leg("c9").call_id
    assert "The details of 24 calls are not on this page." in page
    assert f"24 × {fixtures.BRIEF}" in page


def test_calls_that_no_rule_explains_are_shown_by_one_that_is_told_in_full() -> None:
    analysis = fixtures.many_calls(30)
    unexplained = [replace(r, outcome="rejected", root_cause=None, findings=()) for r in analysis.details]
    some = [*(fixtures.brief(r) for r in unexplained[:20]), *unexplained[20:]]
    analysis = replace(analysis, calls=some, headline=None)
    assert 'id="flow" aria-label="Call flow of call c21"' in html.render(analysis)
    page = html.render(replace(analysis, calls=[fixtures.brief(r) for r in unexplained]))
    assert "30 of 30 calls did not succeed, and no rule explains why." in page
    assert 'id="flow"' not in page


def test_call_data_cannot_leave_its_element() -> None:
    analysis = fixtures.many_calls(300)
    for number, text in enumerate(fixtures.HOSTILE[:9]):
        party = Party(text, text, text)
        analysis.calls[number] = replace(analysis.details[number], to=party, from_=party, call_id=text)
    page = html.render(analysis)
    assert read(page).tags.count("script") == 2
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", page)
    cells = str(call_data(page)["rows"])
    assert "<script>document.title=" in cells
    assert "⟨U+202E⟩" in cells
    assert "⟨1B⟩[31m" in cells


def test_rare_causes_share_a_bar() -> None:
    analysis = fixtures.many_calls(60)
    for number, result in enumerate(analysis.details):
        cause = fixtures.refused(result.legs[0].leg.messages[0].captured, "x")
        analysis.calls[number] = replace(result, root_cause=replace(cause, rule=f"family/rule-{number % 20}"))
    page = html.render(analysis)
    assert '<span class="clabel">8 other causes</span>' in page
    assert page.count('<span class="clabel" title="family/') == 12


def test_gallery_page_depends_on_the_analysis_alone() -> None:
    page = html.render(fixtures.refer_missing(), provenance=False)
    assert "ab" * 32 not in page
    assert "0123456789ab," not in page
    assert "0.1.0" not in page
    assert page == html.render(fixtures.refer_missing(), provenance=False)


def test_page_of_a_call_of_thirty_messages_is_small() -> None:
    analysis = fixtures.refused_second_invite()
    leg = analysis.details[0].legs[0].leg
    wire = fixtures.Wire(leg, clock=leg.last_ns, frame=300)
    for number in range(14):
        fixtures.answered(wire) if number == 0 else wire.send(
            "OPTIONS sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq=f"{number + 9} OPTIONS"
        )
    assert sum(len(leg.leg.messages) for leg in analysis.details[0].legs) >= 30
    assert len(html.render(analysis).encode()) < 300_000


def test_hostile_strings_are_text() -> None:
    page = html.render(fixtures.hostile())
    body = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    assert "&lt;script&gt;" in body
    assert "owned'</script" not in body
    assert "javascript:" not in "".join(v for _, n, v in read(page).attributes if n == "href")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", body)
    assert "{{ 7*7 }}" in body


def test_template_engine_is_imported_only_when_a_page_is_rendered() -> None:
    code = "import sys, sipdiag.report.html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_verdict_about_no_call_has_its_own_proof_and_letter() -> None:
    page = html.render(fixtures.registration_failed())
    assert '<h1 id="verdict">Every REGISTER was refused with 403.</h1>' in page
    assert "REGISTER → 403 Forbidden" in page
    assert "Call-ID: reg-1@192.0.2.7" in page
    assert "Findings outside calls" not in page


def test_call_that_failed_without_a_finding_is_not_called_healthy() -> None:
    page = html.render(fixtures.unexplained())
    assert "No fault found" not in page
    assert "The call did not succeed, and no rule explains why." in page
