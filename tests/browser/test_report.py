"""The HTML report in a browser: quiet, usable by keyboard, on a narrow screen, in the dark, on paper."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sipdiag.pipeline.results import Analysis
from tests.browser.conftest import Opened
from tests.report import fixtures

Show = Callable[..., Opened]


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_nothing_is_asked_for_and_nothing_complains(show: Show, make: Callable[[], Analysis]) -> None:
    opened = show(make())
    opened.page.wait_for_timeout(100)
    assert opened.console == []
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []


def test_hostile_capture_runs_nothing(show: Show) -> None:
    opened = show(fixtures.hostile())
    for summary in opened.page.locator("summary").all():
        summary.evaluate("node => node.parentElement.open = true")
    opened.page.wait_for_timeout(200)
    assert opened.page.title().startswith("Busy:")
    assert opened.dialogs == []
    assert opened.console == []
    assert opened.page.locator("script").count() == 1
    assert opened.page.locator("img").count() == 0
    assert opened.page.locator("h1").inner_text().count("<script>") == 1


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_narrow_screen_does_not_scroll_sideways(show: Show, make: Callable[[], Analysis]) -> None:
    opened = show(make(), viewport={"width": 360, "height": 740})
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_ladder_opens_and_closes_a_message_by_keyboard(show: Show) -> None:
    page = show(fixtures.refer_missing()).page
    page.locator("a.row").nth(5).focus()
    page.keyboard.press("Enter")
    viewer = page.locator("#viewer")
    assert viewer.is_visible()
    assert "BYE sip:203.0.113.20:5060 SIP/2.0" in viewer.inner_text()
    page.keyboard.press("ArrowRight")
    assert "SIP/2.0 200 OK" in viewer.inner_text()
    page.keyboard.press("Escape")
    assert not viewer.is_visible()
    assert page.evaluate("document.activeElement.dataset.m") == "f1-frame-6"


def test_keyboard_focus_tells_what_a_message_is(show: Show) -> None:
    page = show(fixtures.refer_missing()).page
    page.locator(".ladder").first.focus()
    page.keyboard.press("Tab")
    page.wait_for_selector("#tip:visible")
    told = page.locator("#tip").inner_text()
    assert told.startswith(
        "14:13:23.143456 UTC, frame 1, Twilio to LiveKit: INVITE sip:+15557654321@203.0.113.20"
    )
    page.keyboard.press("Tab")
    # A locator asks again by itself; a function in a string would need what the page's policy forbids.
    page.locator("#tip", has_text="frame 2, ").wait_for()
    page.locator("#theme").focus()
    page.wait_for_selector("#tip", state="hidden")


def test_messages_unfold_by_keyboard(show: Show) -> None:
    page = show(fixtures.refer_missing()).page
    first = page.locator("details.msg").first
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator("pre").is_visible()
    page.keyboard.press("Enter")
    assert not first.locator("pre").is_visible()


def test_copy_buttons_copy(show: Show) -> None:
    opened = show(fixtures.refer_missing(), permissions=["clipboard-read", "clipboard-write"])
    page = opened.page
    page.locator(".steps .copy").first.click()
    page.wait_for_selector(".steps .copy:text-is('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "cold_transfer_mode = sip_refer"
    page.locator("[data-copy=letter]").click()
    page.wait_for_selector("[data-copy=letter]:text-is('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("Subject: A transfer was expected")


def test_search_filters_and_headings_sort(show: Show) -> None:
    page = show(fixtures.many_calls(30)).page
    rows = page.locator("#calltable tbody tr:visible")
    assert rows.count() == 30
    page.fill("#q", "5550000007")
    assert rows.count() == 1
    page.fill("#q", "")
    page.locator("[data-filter=outcome] .barline", has_text="Busy").click()
    assert rows.count() == 5
    assert page.locator(".barline[aria-pressed=true]").count() == 1
    page.locator("#chips .chip").click()
    assert rows.count() == 30
    page.locator("#calltable th button", has_text="To").click()
    page.locator("#calltable th button", has_text="To").click()
    assert page.locator("#calltable th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert "+15550000030" in rows.first.inner_text()


def test_link_from_a_row_unfolds_the_call(show: Show) -> None:
    page = show(fixtures.many_calls(30)).page
    page.locator("#calltable a", has_text="c6").click()
    page.wait_for_selector("#call-6:visible")
    assert page.locator("#call-6 .ladder").is_visible()


def test_of_many_calls_only_those_in_view_are_drawn(show: Show) -> None:
    opened = show(fixtures.many_calls(1200))
    page = opened.page
    rows = page.locator("#calltable tbody tr:not([aria-hidden])")
    assert rows.count() < 100
    assert page.locator("#calltable").get_attribute("aria-rowcount") == "1201"
    page.evaluate("document.querySelector('.window').scrollTop = 1e6")
    page.wait_for_selector("#calltable tr[aria-rowindex='1201']")
    assert rows.count() < 100
    page.fill("#q", "scl_us1_c777_")
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["c777"]
    assert page.locator("#hits").inner_text() == "1 of 1,200"
    page.fill("#q", "")
    page.locator("[data-filter=outcome] .barline", has_text="Answered").click()
    assert page.locator("#hits").inner_text() == "200 of 1,200"
    page.locator("#calltable th button", has_text="Start").click()
    assert rows.first.inner_text().split()[0] == "c6"
    page.locator("#calltable th button", has_text="Start").click()
    assert rows.first.inner_text().split()[0] == "c1200"
    assert opened.errors == []


def test_call_without_details_says_how_to_get_them(show: Show) -> None:
    page = show(fixtures.many_calls(1200), permissions=["clipboard-read", "clipboard-write"]).page
    page.fill("#q", "scl_us1_c777_")
    page.locator("#calltable .how").focus()
    page.keyboard.press("Enter")
    command = "sipdiag analyze call.pcap --call=SCL_us1_c777_8f2c1d0e@54.172.60.1"
    assert page.locator("#viewer pre").inner_text() == command
    page.locator("#viewer .copy").click()
    page.wait_for_selector("#viewer .copy:text-is('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == command
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "c777"


def test_row_of_many_leads_to_its_details(show: Show) -> None:
    page = show(fixtures.many_calls(1200)).page
    page.locator("#calltable a", has_text="c6").first.click()
    page.wait_for_selector("#call-6:visible")


def test_worst_of_many_calls_are_printed_and_read_without_script(show: Show) -> None:
    page = show(fixtures.many_calls(1200)).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#calltable tbody tr").count() == 200
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#calltable tbody tr").count() < 100
    still = show(fixtures.many_calls(1200), java_script_enabled=False).page
    assert still.locator("#calltable tbody tr").count() == 200
    assert "the 200 worst calls of 1,200" in still.locator("#calls").inner_text()


def test_theme_follows_preference_and_button(show: Show) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page = show(fixtures.healthy(), color_scheme="dark").page
    dark = page.evaluate(background)
    page.click("#theme")
    light = page.evaluate(background)
    assert (dark, light) == ("rgb(18, 22, 27)", "rgb(255, 255, 255)")
    assert page.locator("#theme").inner_text() == "Dark"


def test_everything_essential_reads_without_script(show: Show) -> None:
    page = show(fixtures.refer_missing(), java_script_enabled=False).page
    for text in ("never sent a REFER", "cold_transfer_mode = sip_refer", "Subject: A transfer was expected"):
        assert page.locator(f"text={text}").first.is_visible()
    assert not page.locator(".copy").first.is_visible()
    page.locator("details.msg summary").nth(5).click()
    assert page.locator("#f1-frame-6 pre").is_visible()


def test_ladder_link_reaches_the_raw_message_without_script(show: Show) -> None:
    page = show(fixtures.refer_missing(), java_script_enabled=False).page
    page.locator("a.row").nth(5).click()
    page.wait_for_timeout(200)
    assert page.locator("#f1-frame-6 pre").is_visible()


def test_print_unfolds_findings_and_drops_controls(show: Show) -> None:
    page = show(fixtures.refer_missing()).page
    page.emulate_media(media="print")
    assert not page.locator("#theme").is_visible()
    assert page.locator("#letter").evaluate("node => node.scrollHeight <= node.clientHeight + 1")
    top = page.locator("h1").bounding_box()["y"]
    assert top < 300
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["refer-missing", "refused-second-invite", "many-calls", "empty"])
def test_axe_finds_no_serious_violation(show: Show, name: str, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing"
    )
    page = show(fixtures.ALL[name](), color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    results: Any = axe.Axe().run(page)
    serious = [
        (v["id"], [node["html"][:160] for node in v["nodes"][:3]])
        for v in results.response["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["refer-missing", "refused-second-invite", "many-calls", "healthy"])
def test_first_printed_page_has_the_verdict(show: Show, tmp_path: Path, name: str, paper: str) -> None:
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    page = show(fixtures.ALL[name](), color_scheme="dark").page
    verdict = page.locator("h1").inner_text()
    facts = page.locator(".facts dd").all_inner_texts()
    page.pdf(path=tmp_path / "report.pdf", format=paper)
    first = [pdftotext, "-l", "1", "-layout", str(tmp_path / "report.pdf"), "-"]
    printed = subprocess.run(first, check=True, capture_output=True, text=True).stdout
    words = set(printed.split())
    for text in (verdict, *facts):
        assert set(text.split()) <= words, text


def test_paper_is_white_and_controls_are_gone(show: Show) -> None:
    page = show(fixtures.many_calls(30), color_scheme="dark", viewport={"width": 718, "height": 1047}).page
    page.click("#theme")
    page.click("#theme")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for control in ("#theme", ".copy", ".toc", "#q"):
        assert not page.locator(control).first.is_visible()
    box = page.locator(".facts").bounding_box()
    assert box["y"] + box["height"] < 1047


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_nothing_leaves_the_paper(show: Show, make: Callable[[], Analysis]) -> None:
    page = show(make(), viewport={"width": 710, "height": 1000}).page
    page.emulate_media(media="print")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 710


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_accepts_the_window_of_many_calls_and_the_open_message(show: Show, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing"
    )
    page = show(fixtures.many_calls(300), color_scheme=scheme).page
    page.locator("a.row").first.press("Enter")
    assert page.locator("#viewer").is_visible()
    opened = axe.Axe().run(page).response["violations"]
    page.keyboard.press("Escape")
    closed = axe.Axe().run(page).response["violations"]
    serious = [v["id"] for v in (*opened, *closed) if v["impact"] in {"serious", "critical"}]
    assert serious == []


def test_bars_of_all_kinds_filter_together_and_by_keyboard(show: Show) -> None:
    page = show(fixtures.many_calls(300)).page
    hits = page.locator("#hits")
    page.locator("[data-filter=cause] .barline").first.focus()
    page.keyboard.press("Enter")
    assert hits.inner_text() == "100 of 300"
    page.locator("[data-filter=time] .barline").nth(1).click()
    filtered = int(hits.inner_text().split()[0])
    assert 0 < filtered < 20
    page.locator("[data-filter=outcome] .barline", has_text="Transferred").click()
    assert 0 < int(hits.inner_text().split()[0]) < filtered
    assert page.locator("#chips .chip").count() == 3
    for _ in range(3):
        page.locator("#chips .chip").first.click()
    assert hits.inner_text() == ""


@pytest.mark.parametrize("apart_s", [90, 3600])
@pytest.mark.parametrize("width", [1280, 768, 390])
def test_no_column_of_the_calls_is_cut(show: Show, width: int, apart_s: int) -> None:
    calls = fixtures.many_calls(300, apart_s=apart_s, last="transfer-unknown")
    page = show(calls, viewport={"width": width, "height": 900}).page
    assert page.locator(".calls.dated").count() == (apart_s == 3600)
    cut = page.evaluate(
        """() => [...document.querySelectorAll("#calltable tbody tr:not([aria-hidden]) > *")]
            .filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"""
    )
    assert cut == []
    if width == 390:
        boxes = [pill.bounding_box() for pill in page.locator("#calltable .pill").all()[:5]]
        assert all(box["x"] + box["width"] <= 390 for box in boxes)


def test_overview_comes_before_the_call(show: Show) -> None:
    page = show(fixtures.many_calls(30)).page
    places = [
        page.locator(one).bounding_box()["y"] for one in ("#board", "#calls", "#do", "#flow", "#others")
    ]
    assert places == sorted(places)
    assert page.locator(".scope").inner_text().startswith("This is the cause in 10 of 30 calls.")


def test_links_can_be_shared(show: Show) -> None:
    opened = show(fixtures.many_calls(30))
    page, url = opened.page, opened.page.url
    for fragment, selector in (
        ("#f1-frame-60", "#f1-frame-60 pre >> nth=0"),
        ("#call-6", "#call-6 .ladder"),
        ("#call-6-finding-1", "#call-6-finding-1 .fbody"),
    ):
        page.goto("about:blank")
        page.goto(url + fragment)
        page.locator(selector).wait_for()
    page.goto("about:blank")
    page.goto(url)
    page.locator("a.row").first.click()
    assert page.evaluate("location.hash") == "#f1-frame-30"


def test_folded_messages_unfold_and_a_link_into_them_works(show: Show) -> None:
    page = show(fixtures.long_call()).page
    fold = page.locator(".ladder .fold")
    assert fold.count() == 1
    inside = fold.locator("a.row").nth(40)
    assert not inside.is_visible()
    fold.locator("summary").click()
    assert inside.is_visible()
    target = inside.get_attribute("href")
    page.evaluate("target => { location.hash = target; }", target)
    page.locator(f".msgs {target} pre >> nth=0").wait_for()


def test_folded_messages_unfold_without_script(show: Show) -> None:
    page = show(fixtures.long_call(), java_script_enabled=False).page
    page.locator(".ladder .fold summary").click()
    assert page.locator(".ladder .fold a.row").nth(40).is_visible()
    page.locator(".msgs .fold > summary").click()
    assert page.locator(".msgs .fold details.msg").nth(40).is_visible()


def test_wireshark_filters_of_call_and_frame(show: Show) -> None:
    page = show(fixtures.refused_second_invite()).page
    assert page.locator("#flow .copybox.line pre").inner_text() == (
        'sip.Call-ID == "SCL_us1_c1_8f2c1d0e@54.172.60.1" || sip.Call-ID == "9b1f2c@203.0.113.20"'
    )
    page.locator("a.row").first.click()
    assert page.locator("#viewer .copy.small").get_attribute("data-text") == "frame.number == 1"


def test_message_comes_in_every_form(show: Show) -> None:
    page = show(fixtures.refer_missing(), permissions=["clipboard-read", "clipboard-write"]).page
    for name, begins in (("Slack", "*A transfer"), ("Jira", "*A transfer"), ("Markdown", "**A transfer")):
        page.locator(".form summary", has_text=name).click()
        page.locator(f"[data-copy={name.lower()}]").click()
        page.wait_for_selector(f"[data-copy={name.lower()}]:text-is('Copied')")
        assert page.evaluate("navigator.clipboard.readText()").startswith(begins)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_accepts_board_filter_folds_and_forms(show: Show, scheme: str, width: int) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing"
    )
    page = show(fixtures.many_calls(300), color_scheme=scheme, viewport={"width": width, "height": 900}).page
    page.locator("[data-filter=outcome] .barline").first.click()
    rules = {"rules": {"target-size": {"enabled": True}}}  # WCAG 2.2; axe leaves it out unless asked.
    found = axe.Axe().run(page, options=rules).response["violations"]
    folded = show(fixtures.long_call(), color_scheme=scheme, viewport={"width": width, "height": 900}).page
    folded.evaluate("document.querySelectorAll('details.fold, details.form').forEach(d => d.open = true)")
    found += axe.Axe().run(folded).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def test_paper_shows_addresses_and_what_proves(show: Show, tmp_path: Path) -> None:
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    page = show(fixtures.refer_missing()).page
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    read = [pdftotext, "-layout", str(tmp_path / "report.pdf"), "-"]
    printed = subprocess.run(read, check=True, capture_output=True, text=True).stdout
    assert "(https://docs.retellai.com/)" in printed
    assert "BYE sip:203.0.113.20:5060 SIP/2.0" in printed
    assert "X-Twilio-CallSid: CA0123456789abcdef0123456789abcdef" in printed
    assert "For Slack" not in printed


def test_participants_stand_above_every_picture_on_paper(show: Show) -> None:
    page = show(fixtures.long_call()).page
    again = page.locator(".ladder > .part .lanes.again").first
    assert not again.is_visible()
    page.emulate_media(media="print")
    assert again.is_visible()
