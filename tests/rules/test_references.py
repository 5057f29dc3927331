"""Every reference and link of a rule stands in the checked table, and nothing stands there unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sipdiag.knowledge.provider import AdviceStep, Provider
from sipdiag.knowledge.references import load_references
from sipdiag.pipeline.run import load_catalogue
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.schema import Rule

ROOT = Path(__file__).parents[2]
CATALOGUE, PROVIDERS = load_catalogue()
REFERENCES = load_references(catalogue_root())


HEADINGS: dict[tuple[str, str], str] = {
    (rfc, section): heading
    for line in Path(__file__).with_name("rfc_headings.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for rfc, section, heading in [line.split("\t")]
}
"""(RFC, section) → heading, as the RFCs print them."""


def cited(rule: Rule) -> list[str]:
    return [*rule.references, *(fix.url for _, fix in rule.steps() if fix.url)]


def said(rule: Rule) -> str:
    """Every text of the rule."""
    return " ".join(text for _, text in rule.templates())


def advised(provider: Provider) -> list[AdviceStep]:
    """Every step that a provider's file advises by a name."""
    named = [provider.advice, *(product.advice for product in provider.products.values())]
    return [
        *(step for one in named for steps in one.values() for step in steps),
        *provider.ring_timers_of(()),
    ]


@pytest.mark.parametrize("provider", list(PROVIDERS), ids=lambda provider: provider.id)
def test_every_link_of_advice_resolves(provider: Provider) -> None:
    for step in advised(provider):
        assert step.url is None or REFERENCES.resolve(step.url), f"{step.url} is not in rules/references.yaml"


@pytest.mark.parametrize("rule", CATALOGUE.rules.values(), ids=lambda rule: rule.id)
def test_every_reference_resolves(rule: Rule) -> None:
    assert rule.references, "a rule says where its knowledge comes from"
    for text in cited(rule):
        assert REFERENCES.resolve(text) is not None, f"{text} is not in rules/references.yaml"


@pytest.mark.parametrize("rule", CATALOGUE.rules.values(), ids=lambda rule: rule.id)
def test_sections_named_in_a_text_resolve(rule: Rule) -> None:
    for text in re.findall(r"RFC \d+ §[\d.]*\d", said(rule)):
        assert REFERENCES.resolve(text) is not None, f"{text} is not in rules/references.yaml"


def test_nothing_is_unused() -> None:
    used = {text for rule in CATALOGUE.rules.values() for text in cited(rule)}
    used |= {step.url for provider in PROVIDERS for step in advised(provider) if step.url}
    listed = {f"RFC {number} §{section}" for number, section in REFERENCES.sections} | set(REFERENCES.urls)
    in_texts = " ".join(map(said, CATALOGUE.rules.values()))
    assert not {text for text in listed - used if text not in in_texts}


@pytest.mark.parametrize("text", ["RFC 3261 §99.9", "RFC 99999", "https://example.com/", "nonsense", ""])
def test_what_is_not_in_the_table(text: str) -> None:
    assert REFERENCES.resolve(text) is None


def test_links_lead_to_the_section() -> None:
    entry = REFERENCES.resolve("RFC 3261 §21.4.4")
    assert entry is not None
    assert entry.title == "403 Forbidden"
    assert entry.url == "https://www.rfc-editor.org/rfc/rfc3261#section-21.4.4"


def test_every_provider_entry_has_source_and_date() -> None:
    for provider in PROVIDERS:
        for entry in provider.responses:
            assert entry.source.startswith("http"), f"{provider.id}: {entry.meaning}"
            assert re.fullmatch(r"\d{4}-\d{2}", entry.seen), f"{provider.id}: {entry.meaning}"


@pytest.mark.parametrize(("place", "title"), REFERENCES.sections.items(), ids=lambda value: str(value))
def test_the_title_of_a_section_is_its_heading(place: tuple[str, str], title: str) -> None:
    assert re.sub(r" \([^)]*\)$", "", title) == HEADINGS[place]


@pytest.mark.parametrize("folder", ["sipdiag", "rules", "docs"])
def test_every_section_that_is_named_anywhere_exists(folder: str) -> None:
    named = {
        (found[1], found[2]): path
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml", ".md", ".html")
        for found in re.finditer(r"RFC (\d{3,5}) §(\d[\d.]*\d|\d)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert not {f"{path}: RFC {rfc} §{s}" for (rfc, s), path in named.items() if (rfc, s) not in HEADINGS}
