"""The reference pages of the documentation, made from the tables of facts and the rule files.

``python -m sipdiag.rules`` writes them; a test fails when they are stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sipdiag.facts.declare import EvidenceTable, Fact, FactTable
from sipdiag.files import write_file
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.references import References
from sipdiag.rules import told
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.ladders import FiringCall
from sipdiag.rules.schema import Decided, Rule

MADE = "<!-- Made from the code and the rule files by `python -m sipdiag.rules`; do not edit. -->\n"
_TYPES = {"bool": "bool", "int": "int", "double": "double", "string": "string", "map_string": "map"}


def pages(
    facts: FactTable,
    evidence: EvidenceTable,
    catalogue: Catalogue,
    references: References,
    providers: Providers,
    ladders: Mapping[str, FiringCall],
) -> Mapping[str, str]:
    """File name → contents, for every page."""
    return {
        "facts.md": "\n".join(_facts(facts, evidence)) + "\n",
        "rules.md": "\n".join(_rules(catalogue, references, providers, ladders)) + "\n",
    }


def write(folder: Path, contents: Mapping[str, str]) -> list[Path]:
    """Write the pages; returns their paths."""
    written = []
    for name, text in contents.items():
        path = folder / name
        write_file(path, [text])
        written.append(path)
    return written


def _facts(facts: FactTable, evidence: EvidenceTable) -> Iterator[str]:
    yield MADE
    yield "# Facts\n"
    yield (
        "What rules may ask, by kind of subject. A fact that is not known of a subject is absent, and a rule that\n"
        "needs it stays silent; of each fact marked *optional*, `has_NAME` says whether it is known. A fact of a\n"
        "closed set is never absent: where it is not known, it is the set's `unknown`. Durations are seconds, of type\n"
        "double: write `30.0`, not `30`. Facts marked *capture* are known only once the whole input was read; those\n"
        "marked *for expectations* are used by no built-in rule.\n"
    )
    for kind, table in facts.items():
        yield f"## {kind}\n"
        yield "| fact | type | meaning |"
        yield "|---|---|---|"
        for fact in table:
            if fact.presence_of is not None:
                continue
            yield f"| `{fact.name}` | {_type(fact)} | {_meaning(fact)} |"
        yield f"\nMessages that `evidence` can name: {', '.join(f'`{name}`' for name in evidence.get(kind, ()))}.\n"
    every = [fact for table in facts.values() for fact in table]
    yield "## Closed sets\n"
    yield "Written with their name in front: `Outcome.busy`.\n"
    yield "| set | members |"
    yield "|---|---|"
    for name, enum in sorted({fact.enum.__name__: fact.enum for fact in every if fact.enum}.items()):
        yield f"| `{name}` | {', '.join(f'`{member.name}`' for member in enum)} |"
    yield "\n## Numbers with names\n"
    yield "`status == Status.busy_here` and `status == 486` are the same; a text prints the number.\n"
    for name, enum in sorted({fact.named.__name__: fact.named for fact in every if fact.named}.items()):
        yield f"`{name}`: {', '.join(f'`{member.name}` {int(member)}' for member in enum)}.\n"


def _type(fact: Fact) -> str:
    name = f"`{fact.enum.__name__}`" if fact.enum is not None else _TYPES.get(fact.type, fact.type)
    if fact.named is not None:
        name += f" (`{fact.named.__name__}`)"
    unit = f", {fact.unit}" if fact.unit else ""
    return f"{name}{unit}, optional" if fact.optional else f"{name}{unit}"


def _meaning(fact: Fact) -> str:
    text = fact.meaning.replace("``", "`").replace("|", "\\|")
    marks: list[str] = [fact.known_at] if fact.known_at == "capture" else []
    if fact.for_expectations:
        marks.append("for expectations")
    return f"{text} *({', '.join(marks)})*" if marks else text


def _rules(
    catalogue: Catalogue, references: References, providers: Providers, ladders: Mapping[str, FiringCall]
) -> Iterator[str]:
    rules = catalogue.rules.values()
    yield MADE
    yield "# Rules\n"
    yield "`sipdiag explain ID` prints one of them, `sipdiag rules show ID` its file in full.\n"
    yield "| rule | severity | confidence | title |"
    yield "|---|---|---|---|"
    for rule in rules:
        anchor = rule.id.replace("/", "")
        yield (
            f"| [`{rule.id}`](#{anchor}) | {_names(rule, 'severity')} | {_names(rule, 'confidence')} | {rule.title} |"
        )
    for rule in rules:
        yield from _rule(rule, references, providers, ladders.get(rule.id))


def _names(rule: Rule, key: Decided) -> str:
    return ", ".join(value.name for value in rule.values(key))


def _rule(
    rule: Rule, references: References, providers: Providers, ladder: FiringCall | None
) -> Iterator[str]:
    yield f"\n## {rule.id}\n"
    yield f"**{rule.title}.** Looks at each {rule.subject}; who has to act: {_responsible(rule)}.\n"
    yield " ".join(map(_literal, told.reasons(rule))) + "\n"
    yield "Says:\n"
    yield "\n".join(f"- {_literal(text)}" for text in told.sentences(rule)) + "\n"
    if steps := told.steps(rule, providers):
        yield "What to do:\n"
        yield "\n".join(f"- {_literal(text)}" for text in steps) + "\n"
    if rule.false_alarms:
        yield "Known false alarms:\n"
        yield "\n".join(f"- {_literal(text)}" for text in rule.false_alarms) + "\n"
    yield "Fires when:\n"
    names = [f"{name}: {' '.join(text.split())}" for name, text in rule.let.items()]
    yield "\n".join(["```", *names, *([""] if names else []), rule.when.strip(), "```"]) + "\n"
    if ladder is not None:
        yield f"A call that fires it (`{ladder.sample}`):\n"
        yield "\n".join(["```", *ladder.lines, "```"]) + "\n"
    if rule.supersedes:
        yield "Says more than, and replaces: " + ", ".join(f"`{name}`" for name in rule.supersedes) + ".\n"
    if rule.explains:
        yield "Explains: " + ", ".join(f"`{name}`" for name in rule.explains) + ".\n"
    if rule.fallback:
        yield "Only where nothing else above info is found on the subject.\n"
    resolved = [references.resolve(name) for name in rule.references]
    links = [f"[{entry.text}]({entry.url}) {entry.title}" for entry in resolved if entry is not None]
    yield "Sources: " + "; ".join(links) + ".\n"
    fires, silent = _samples(rule, "fires"), _samples(rule, "silent")
    yield f"Fires on {fires}; does not fire on {silent}."


def _responsible(rule: Rule) -> str:
    return ", ".join(str(value).replace("-", " ") for value in rule.values("responsible"))


def _literal(text: str) -> str:
    """A sentence in which Markdown sees no HTML."""
    return text.replace("<", "\\<")


def _samples(rule: Rule, key: str) -> str:
    """Captures, or sets of files that are given together."""
    sets = [(name,) for name in (rule.captures or {}).get(key, ())]
    return ", ".join(
        " + ".join(f"`{name}`" for name in one) for one in (*sets, *(rule.files or {}).get(key, ()))
    )
