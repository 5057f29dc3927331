"""Worst cases of configuration beside a capture: what is read of it, and what is masked in it."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from benchmarks.case import Case, Work
from sipdiag.context.mask import Mask
from sipdiag.context.read import read
from sipdiag.facts.configuration.files import is_variable
from sipdiag.facts.configured.transfers import first_sentence
from sipdiag.pipeline.lint import lint
from sipdiag.pipeline.run import Rulebook, load_rulebook


def reading(before: str, repeated: str, behind: str = "") -> Callable[[int], Work]:
    """Reading one file."""

    def make(size: int) -> Work:
        data = (before + repeated * size + behind).encode()
        return lambda: read(data)

    return make


def checking(before: str, repeated: str, behind: str = "") -> Callable[[int], Work]:
    """Reading one file and checking what it says."""

    def make(size: int) -> Work:
        text = before + repeated * size + behind
        rules = _rules()

        def work() -> None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "document")
                path.write_text(text)
                lint([str(path)], datetime.date(2026, 1, 1), rules)

        return work

    return make


def masking(repeated: str) -> Callable[[int], Work]:
    """Masking the secrets of one value."""

    def make(size: int) -> Work:
        text = repeated * size
        return lambda: Mask().text(text)

    return make


@cache
def _rules() -> Rulebook:
    return load_rulebook()


CASES: dict[str, Case] = {
    "documents: text behind an attribute": Case(2000, reading('<Response a="b">', "a", "</Response>")),
    "documents: elements below a long name": Case(1000, reading(f"<{'R' * 20_000}>", "<a/>", f"</{'R' * 20_000}>")),
    "documents: values below a long key": Case(1000, reading(json.dumps({"k" * 20_000: 0})[:-2] + "[", "1,", "1]}")),
    "documents: blanks in a setting": Case(1000, reading("[a]\nb=c", " ", "d\n")),
    "documents: blanks behind a section": Case(1000, reading("[a]", " ", "b\n")),
    "documents: verbs": Case(100, checking("<Response>", "<Dial/>", "</Response>")),
    "documents: repaired secrets": Case(100, checking("[", "{'password':'abc'},\n", "{}]")),
    **{
        f"documents: masking {text!r}": Case(1000, masking(text))
        for text in ("sip:", "sip:a:", "SECRET_", "SECRET ", "eyJ-", "eyJaaaaaaaaaaa.", "https://a:", "Basic ", "?key=")
    },
    "documents: braces": Case(2000, lambda size: lambda: is_variable("{{" * size + "${" * size + "<%" * size)),
    "documents: full stops": Case(2000, lambda size: lambda: first_sentence("." * size)),
}  # fmt: skip
"""What is measured, by name."""
