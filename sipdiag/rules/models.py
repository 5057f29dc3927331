"""The shape of a rule file, for full validation.

Imported only where files of unknown quality are read (``--rules``, ``rules check``, tests), because
pydantic takes longer to import than all built-in rules to load.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from sipdiag.facts.subjects import SubjectKind
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.rules.acts import Named
from sipdiag.rules.let import NAME
from sipdiag.rules.schema import Path_

Text = Annotated[str, Field(min_length=1)]
SeverityName = Literal["info", "warning", "error"]
ConfidenceName = Literal["possible", "likely", "certain"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _FixStep(_Strict):
    text: Text | None = None
    advice: Text | None = None
    when: Text | None = None
    command: Text | None = None
    url: Text | None = None

    @model_validator(mode="after")
    def _text_or_advice(self) -> _FixStep:
        if self.text is None and self.advice is None:
            raise ValueError("a step needs a 'text', or 'advice' (the name of a provider's advice), or both")
        return self


def _form(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<step>"


_Step = Annotated[Annotated[Text, Tag("<text>")] | Annotated[_FixStep, Tag("<step>")], Discriminator(_form)]
"""A step in full, or its text or the name of advice alone.  The tags stand in pydantic's error locations and are dropped there."""


class _Case(_Strict):
    when: Text
    severity: SeverityName | None = None
    confidence: ConfidenceName | None = None
    responsible: Named | None = None
    sentence: Text | None = None
    why: Text | None = None
    also: Text | None = None
    fix: list[_Step] = []

    @model_validator(mode="after")
    def _says_something(self) -> _Case:
        if not self.model_fields_set - {"when"}:
            raise ValueError("this case changes nothing: give it a sentence, a severity, a fix …")
        return self


class _Captures(_Strict):
    fires: list[Text] = []
    silent: list[Text] = []


class _Files(_Strict):
    fires: list[list[Text]] = []
    silent: list[list[Text]] = []


class _RuleFile(_Strict):
    title: Text
    subject: SubjectKind
    severity: SeverityName
    confidence: ConfidenceName
    responsible: Named
    let: dict[str, Text] = {}
    when: Text
    sentence: Text
    why: Text
    cases: list[_Case] = []
    evidence: list[Text] = []
    fix: list[_Step] = []
    references: list[Text] = []
    false_alarms: list[Text] = []
    supersedes: list[Text] = []
    explains: list[Text] = []
    fallback: bool = False
    teardown: bool = False
    never_cause: bool = False
    reports_as: Text | None = None
    captures: _Captures = _Captures()
    files: _Files = _Files()


_KEYS: dict[str, tuple[str, ...]] = {
    "": tuple(_RuleFile.model_fields),
    "fix": tuple(_FixStep.model_fields),
    "cases": tuple(_Case.model_fields),
    "captures": tuple(_Captures.model_fields),
    "files": tuple(_Files.model_fields),
}
"""Key above → the keys allowed below it."""

_LISTS = ("severity", "confidence", "responsible", "sentence")
"""Keys that used to be lists of ``{when, is}``."""
_OF_STEPS = {"steps": "advice", "setting": "command", "source": "url"}
"""Former keys of a step, and their names today."""


class Misshape(NamedTuple):
    """What is wrong with the shape of a document, and where."""

    path: Path_
    """The offending value; for an unknown key the key itself; for a missing one its parent."""
    text: str
    hint: str


def misshapes(data: Any) -> list[Misshape]:
    """Check a document against the shape of a rule file; empty when it fits."""
    if not isinstance(data, dict):
        return [Misshape((), "a rule file is a mapping with keys such as title, subject and when", "")]
    former = [*_former(data)]
    if former:
        return former
    try:
        _RuleFile.model_validate(data)
    except ValidationError as error:
        return [_misshape(detail) for detail in error.errors(include_url=False)]
    return [
        Misshape(("let", name), f"{name!r} cannot be a name", "lower-case letters, digits and underscores")
        for name in data.get("let") or ()
        if not NAME.fullmatch(name)
    ]


def _former(data: dict[str, Any]) -> Iterator[Misshape]:
    """Keys in the form that rules had before ``cases``, each with what takes its place."""
    for key in _LISTS:
        if isinstance(data.get(key), list):
            hint = f"move each {{when: X, is: Y}} to 'cases' as {{when: X, {key}: Y}}, and keep the last 'is' here"
            yield Misshape((key,), f"'{key}' is one value; what depends on facts stands in 'cases'", hint)
    cases = data.get("cases")
    lists = [("fix",), *((("cases", i, "fix")) for i in range(len(cases) if isinstance(cases, list) else 0))]
    for path in lists:
        for i, step in enumerate(_at(data, path)):
            for old, new in _OF_STEPS.items():
                if isinstance(step, dict) and old in step:
                    name = f"; write '- {step[old]}' alone for a provider's advice" if old == "steps" else ""
                    yield Misshape(
                        (*path, i, old), f"'{old}' is called '{new}'", f"rename it to '{new}'{name}"
                    )


def _at(data: Any, path: Path_) -> list[Any]:
    """The list at a path; empty where there is none."""
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return []
    return data if isinstance(data, list) else []


def _misshape(detail: ErrorDetails) -> Misshape:
    path = tuple(part for part in detail["loc"] if part not in ("<text>", "<step>"))
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return Misshape(path, f"unknown key '{path[-1]}'", _key_hint(path))
    if kind == "missing":
        return Misshape(path[:-1], f"the key '{path[-1]}' is missing", "")
    if kind == "literal_error":
        known = str(detail["ctx"]["expected"])
        hint = did_you_mean(
            str(value), [word.strip("' ") for word in known.replace(" or ", ",").split(",")], ""
        )
        return Misshape(path, f"{value!r} is not one of {known}", hint)
    if kind == "value_error":
        return Misshape(path, str(detail["ctx"]["error"]), "")
    expected = _EXPECTED.get(kind)
    text = f"expected {expected}, found {_found(value)}" if expected else detail["msg"]
    return Misshape(path, text, "put the text in quotes" if kind == "string_type" else "")


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "some text",
    "list_type": "a list",
    "bool_type": "true or false",
    "model_type": "a mapping",
    "dict_type": "a mapping",
}


def _found(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else repr(value)


def _key_hint(path: Path_) -> str:
    above = [str(part) for part in path[:-1] if isinstance(part, str)]
    known = _KEYS[above[-1] if above else ""]
    return did_you_mean(str(path[-1]), known)
