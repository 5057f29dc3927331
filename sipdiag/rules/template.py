"""The texts of a rule: Jinja templates over the facts of its subject.

A template never fails because a fact is absent: the fact's own phrase ("an unknown time") stands in
its place, ``default`` works as usual, and ``clause`` drops what surrounds it.  Members of a
closed set print as words.  The environment is sandboxed, since rules may come from anywhere; texts
are not escaped here, each output does that for itself.

Jinja is imported with the first template, and each template compiles when it is first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from sipdiag.facts.declare import Fact, enum_label
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.rules.bounds import MAX_TEXT, short

if TYPE_CHECKING:
    import jinja2

_OPERATION_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError),
    *(TypeError, ValueError, RecursionError, MemoryError),
)
"""What a template's operations raise on values they do not fit."""


class TemplateError(Exception):
    """A template cannot be compiled or rendered."""

    def __init__(self, text: str, line: int = 1, word: str = "", hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.line = line
        """Line of the template, from 1."""
        self.word = word
        """The word that is at fault, if it is one."""
        self.hint = hint


_WORD = re.compile(r"[^\W\d]\w*")


class Member(int):
    """A member of a closed set: compares as its number, prints as its words."""

    words: str

    def __new__(cls, value: int, words: str) -> Member:
        member = super().__new__(cls, value)
        member.words = words
        return member

    def __str__(self) -> str:
        return self.words

    def __format__(self, spec: str) -> str:
        return format(self.words, spec)


class Sentences:
    """Renders the templates of one subject kind."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = tuple(facts)
        self._enums = {fact.name: fact.enum for fact in facts if fact.enum is not None}
        self._named: dict[str, tuple[str, ...]] = {}
        self._compiled: dict[tuple[str, bool], jinja2.Template] = {}
        self._environments: dict[bool, jinja2.Environment] = {}

    def named(self, source: str) -> tuple[str, ...]:
        """The facts whose names occur in a template: it can print no others."""
        known = self._named.get(source)
        if known is None:
            words = set(_WORD.findall(source))
            known = self._named[source] = tuple(fact.name for fact in self._facts if fact.name in words)
        return known

    def context(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Facts as templates see them."""
        return {name: _printable(value, self._enums.get(name)) for name, value in facts.items()}

    def sentence(self, source: str, context: Mapping[str, object]) -> str:
        """Render prose: one line, without gaps or empty parentheses.

        :raises TemplateError: the template is faulty.
        """
        return tidy(self._render(source, context, command=False))

    def command(self, source: str, context: Mapping[str, object]) -> str:
        """Render what is to be copied: absent facts stand as ``<name>``, foreign text is quoted for a shell.

        :raises TemplateError: the template is faulty.
        """
        return self._render(source, context, command=True).strip()

    def _render(self, source: str, context: Mapping[str, object], *, command: bool) -> str:
        if "{" not in source:
            return source
        import jinja2

        template = self._template(source, command)

        try:
            return _first(template.generate(context))
        except (jinja2.TemplateError, *_OPERATION_ERRORS) as error:
            raise TemplateError(str(error) or type(error).__name__) from error

    def _template(self, source: str, command: bool) -> jinja2.Template:
        key = (source, command)
        if key not in self._compiled:
            import jinja2

            try:
                self._compiled[key] = self._environment(command).from_string(source)
            except jinja2.TemplateSyntaxError as error:
                raise self._syntax_error(error) from error
            except (RecursionError, SyntaxError, MemoryError, OverflowError, ValueError) as error:
                raise TemplateError("the text is nested too deeply") from error
        return self._compiled[key]

    def _environment(self, command: bool) -> jinja2.Environment:
        if command not in self._environments:
            from sipdiag.rules.textenv import environment

            self._environments[command] = environment(self._facts, command=command)
        return self._environments[command]

    def check(self, source: str) -> None:
        """Compile a template and look for names that are no facts.

        :raises TemplateError: it does not compile, or names an unknown fact.
        """
        if "{" not in source:
            return
        from jinja2 import meta

        self._template(source, command=False)
        environment = self._environment(False)
        known = {fact.name for fact in self._facts}
        for name in sorted(meta.find_undeclared_variables(environment.parse(source)) - known):
            hint = did_you_mean(name, known, "")
            raise TemplateError(f"there is no fact '{name}' on this subject", word=name, hint=hint)

    def _syntax_error(self, error: jinja2.TemplateSyntaxError) -> TemplateError:
        text = (error.message or "syntax error").rstrip(".")
        unknown = re.match(r"No filter named '([^']*)'", text)
        if unknown is None:
            return TemplateError(text, error.lineno)
        known = self._environment(False).filters
        return TemplateError(text, error.lineno, unknown[1], did_you_mean(unknown[1], known, ""))


def _first(pieces: Iterator[str]) -> str:
    """A text up to the printed length; the rest is never rendered."""
    text, size = [], 0
    for piece in pieces:
        text.append(piece)
        size += len(piece)
        if size >= MAX_TEXT:
            break
    return "".join(text)[:MAX_TEXT]


def _printable(value: object, enum: type[IntEnum] | None) -> object:
    if enum is None or not isinstance(value, int):
        return short(value)
    try:
        return Member(value, enum_label(enum(value)))
    except ValueError:
        return value


_EMPTY = re.compile(r"(?<!\s)\s*+(?:\(\s*(?:unknown|an unknown time)?\s*\)|\[\s*\]|“\s*”|\"\s*\")")
_BEFORE_STOP = re.compile(r" (?=[,.;:!?](?:\s|$))")
_OUR_WORD = re.compile(r"(?:an?|another|its|no|none|nothing|one|other|several|the)(?=[ ,])")
"""How our own phrases for parties and absent values begin; any other word may be a name, which keeps its case."""


def tidy(text: str) -> str:
    """One line that starts with a capital, or a name as it is written, without what empty and unknown values leave behind."""
    line = _BEFORE_STOP.sub("", " ".join(_EMPTY.sub("", text).split()))
    return line[0].upper() + line[1:] if _OUR_WORD.match(line) else line
