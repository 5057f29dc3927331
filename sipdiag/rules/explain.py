"""What ``sipdiag explain`` prints: one rule, status, header, cause or provider's code, from the data the verdicts use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill, indent

from sipdiag.facts.codenames import Status
from sipdiag.knowledge.causes import MEANING, Cause
from sipdiag.knowledge.codes import Q850_CAUSES, SIP_STATUSES, UNLISTED_CAUSES, Q850Cause, SipStatus
from sipdiag.knowledge.headers import FIELDS
from sipdiag.knowledge.provider import ProviderResponse
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.references import References, rfc_url
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.rules import told
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.explainheader import header_text
from sipdiag.rules.ladders import FiringCall
from sipdiag.rules.let import expanded
from sipdiag.rules.schema import Rule

_CAUSE = re.compile(r"(?:q\.?850[ :/;-]*|cause[ :=-]*)(\d{1,3})\Z", re.IGNORECASE)
_STATUS = re.compile(r"(?:sip[ :/-]*)?(\d{3})\Z", re.IGNORECASE)
_VENDOR_CODE = re.compile(r"\d{5}\Z")
WIDTH = 96
_LAST_CAUSE = 127


class UnknownTermError(LookupError):
    """Nothing is known by that name; ``str()`` is one line with a hint."""


def explain(
    term: str,
    catalogue: Catalogue,
    providers: Providers,
    references: References,
    ladders: Mapping[str, FiringCall] = {},
) -> str:
    """Everything known by the name ``term``.

    :raises UnknownTermError: nothing is.
    """
    parts = [part for part in _parts(term.strip(), catalogue, providers, references, ladders) if part]
    if not parts:
        raise UnknownTermError(_nothing(term, catalogue))
    return "\n\n".join(parts) + "\n"


def _parts(
    term: str,
    catalogue: Catalogue,
    providers: Providers,
    references: References,
    ladders: Mapping[str, FiringCall],
) -> Iterator[str]:
    rule = catalogue.rules.get(term)
    if rule is not None:
        yield rule_text(rule, providers, references, ladders.get(rule.id))
        return
    cause = _CAUSE.match(term)
    if cause is not None:
        number = int(cause[1])
        known = Q850_CAUSES.get(number)
        if known is not None or 1 <= number <= _LAST_CAUSE:
            yield _q850(known) if known is not None else _unlisted_cause(number)
        return
    status = _STATUS.match(term)
    if status is not None and (named := SIP_STATUSES.get(int(status[1]))) is not None:
        yield _status(named, providers, catalogue)
    elif status is not None and 100 < int(status[1]) < 700:
        yield _unlisted_status(int(status[1]))
    header = header_text(term, providers)
    if header is not None:
        yield header
    if term.isdigit() and (known := Q850_CAUSES.get(int(term))) is not None:
        yield _q850(known)
    entries = providers.of_code(term)
    for entry in entries:
        yield _code(term, entry, providers)
    if not entries and _VENDOR_CODE.match(term):
        yield from _documented(term, providers)
    if term.isalpha():
        yield from _family(term, catalogue)


def _documented(code: str, providers: Providers) -> Iterator[str]:
    """Where a provider documents codes that its table does not list."""
    for provider in providers:
        if provider.unknown_code_url is not None and "{code}" in provider.unknown_code_url:
            url = provider.unknown_code_url.replace("{code}", code)
            yield f"If {code} is a code of {provider.name}: it is not in the table; {provider.name} documents it at {url}"


def _family(name: str, catalogue: Catalogue) -> Iterator[str]:
    rules = [rule for rule in catalogue.rules.values() if rule.family == name]
    if rules:
        yield "\n".join([f"Rules of the family {name}:", *(f"  {rule.id}  {rule.title}" for rule in rules)])


def rule_text(
    rule: Rule, providers: Providers, references: References, ladder: FiringCall | None = None
) -> str:
    """A rule for human readers: what it says, why, what to do, when it is wrong, and a call that fires it."""
    severities = ", ".join(value.name for value in rule.values("severity"))
    sure = ", ".join(value.name for value in rule.values("confidence"))
    lines = [
        f"{rule.id}: {rule.title}",
        f"Severity {severities}; confidence {sure}; looks at each {rule.subject}.",
        "",
        *(_wrapped(text) for text in told.reasons(rule)),
        "",
        "Says, for instance:",
        *(_wrapped(text, "  ") for text in told.sentences(rule)),
    ]
    if steps := told.steps(rule, providers):
        lines += ["", "What to do:", *_bullets(steps)]
    urls = list(dict.fromkeys(fix.url for _, fix in rule.steps() if fix.url))
    lines += ["", "Sources:", *_bullets(_sources([*rule.references, *urls], references))]
    if rule.false_alarms:
        lines += ["", "Known false alarms:", *_bullets(rule.false_alarms)]
    if ladder is not None:
        lines += ["", f"A call that fires it ({ladder.sample}):", *ladder.lines]
    return "\n".join(lines)


def _sources(names: Iterable[str], references: References) -> list[str]:
    found = []
    for name in names:
        entry = references.resolve(name)
        if entry is None:
            found.append(name)
        elif entry.url == name:
            found.append(f"{entry.title}: {entry.url}")
        else:
            found.append(f"{name}, {entry.title}: {entry.url}")
    return found


def _status(named: SipStatus, providers: Providers, catalogue: Catalogue) -> str:
    lines = [
        f"SIP {named.status} {named.name}: {named.meaning}.",
        f"Source: {named.rfc}, {rfc_url(named.rfc)}",
    ]
    who: dict[str, dict[str, None]] = {}
    for provider in providers:
        for entry in provider.responses:
            if named.status in entry.statuses:
                codes = ", ".join(entry.codes)
                who.setdefault(entry.meaning, {})[f"{provider.name} {codes}".strip()] = None
    if who:
        meanings = [f"{meaning} ({'; '.join(names)})" for meaning, names in who.items()]
        lines += ["", "What providers mean by it, told apart by their code or text:", *_bullets(meanings)]
    pattern = re.compile(rf"\b(?:{named.status}|Status\.{Status(named.status).name})\b")
    rules = [
        f"{rule.id}: {rule.title}"
        for rule in catalogue.rules.values()
        if pattern.search(expanded(rule.when, rule.let))
    ]
    if rules:
        lines += ["", "Rules that look at it:", *_bullets(rules)]
    return "\n".join(lines)


def _unlisted_status(status: int) -> str:
    """An unregistered status, treated as the x00 of its class (RFC 3261 §8.1.3.2)."""
    first = status // 100 * 100
    as_ = 183 if first == 100 else first
    like = SIP_STATUSES.get(as_)
    return (
        f"SIP {status}: not in the table of registered responses; whoever gets it treats it as {as_}"
        + (f" {like.name}: {like.meaning}." if like is not None else ".")
        + "\nSource: RFC 3261 §8.1.3.2, https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.2"
    )


def _unlisted_cause(cause: int) -> str:
    """A cause without a reading of its own."""
    return (
        f"Q.850 cause {cause}: not in the table; it says nothing that is known about the call.\n"
        "As a SIP status: 500, the default of RFC 3398 for causes it does not list.\n"
        "Source: RFC 3398 §7.2.4, https://www.rfc-editor.org/rfc/rfc3398#section-7.2.4"
    )


def _q850(known: Q850Cause) -> str:
    unlisted = known.cause in UNLISTED_CAUSES
    lines = [
        f"Q.850 cause {known.cause} {known.name}: {known.reading}.",
        f"As a SIP status: {known.sip}"
        + (", the default of RFC 3398 for causes it does not list." if unlisted else "."),
    ]
    if known.means is not None:
        lines.append(_counts_as(known.means))
    section = "7.2.4" if unlisted else "7.2.4.1"
    lines.append(
        f"Source: ITU-T Q.850; RFC 3398 §{section}, https://www.rfc-editor.org/rfc/rfc3398#section-{section}"
    )
    return "\n".join(lines)


def _code(term: str, entry: ProviderResponse, providers: Providers) -> str:
    lines = [
        f"{providers.get(entry.provider).name} {term.upper()}: {entry.meaning}.",
        _counts_as(Cause[entry.cause]),
        f"Who has to act: {entry.act.replace('-', ' ')}.",
    ]
    if entry.statuses:
        lines.append(f"Comes with SIP {', '.join(map(str, entry.statuses))}.")
    if entry.fix:
        lines.append(_wrapped(f"What to do: {entry.fix}"))
    if entry.unconfirmed:
        lines.append("Unconfirmed: it rests on a single report or an inference.")
    seen = f" (read {entry.seen})" if entry.seen else ""
    lines.append(f"Source: {entry.source}{seen}")
    return "\n".join(lines)


def _counts_as(cause: Cause) -> str:
    return _wrapped(f"Counts as {cause.name.replace('_', ' ')}: {MEANING[cause]}.")


def _wrapped(text: str, margin: str = "") -> str:
    return indent(fill(text, WIDTH - len(margin), break_long_words=False, break_on_hyphens=False), margin)


def _bullets(texts: Sequence[str]) -> list[str]:
    return [
        fill(
            text,
            WIDTH,
            initial_indent="  - ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for text in texts
    ]


def _nothing(term: str, catalogue: Catalogue) -> str:
    known = [*catalogue.rules, *(field.name for field in FIELDS.values())]
    hint = did_you_mean(term, known, "'sipdiag rules list' has the rules")
    return (
        f"nothing is known by the name {term!r}: neither a rule, a SIP status or header, a Q.850 cause "
        f"nor a provider's code; {hint}"
    )
