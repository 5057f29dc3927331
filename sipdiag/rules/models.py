"""The shape of a rule file, for full validation.

Imported only where files of unknown quality are read (``--rules``, ``rules check``, tests), because
pydantic takes longer to import than all built-in rules to load.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from sipdiag.facts.declare import StepsName, SubjectKind
from sipdiag.rules.acts import Named
from sipdiag.rules.problem import did_you_mean
from sipdiag.rules.schema import Path_

Text = Annotated[str, Field(min_length=1)]
SeverityName = Literal["info", "warning", "error"]
ConfidenceName = Literal["possible", "likely", "certain"]
T = TypeVar("T")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Case(_Strict, Generic[T]):
    when: Text | None = None
    is_: T = Field(alias="is")


def _form(value: object) -> str:
    return "<cases>" if isinstance(value, list) else "<value>"


_OrCases = Annotated[
    Annotated[T, Tag("<value>")] | Annotated[list[_Case[T]], Tag("<cases>")], Discriminator(_form)
]
"""A value, or a list of cases.  The tags stand in pydantic's error locations and are dropped there."""


class _FixStep(_Strict):
    text: Text | None = None
    steps: StepsName | None = None
    when: Text | None = None
    command: Text | None = None
    setting: Text | None = None
    url: Text | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _text_or_steps(self) -> _FixStep:
        if (self.text is None) == (self.steps is None):
            raise ValueError("a step needs either 'text' or 'steps' (the name of a provider's advice)")
        return self

    @model_validator(mode="after")
    def _one_name_each(self) -> _FixStep:
        for key, alias in (("command", "setting"), ("url", "source")):
            if getattr(self, key) is not None and getattr(self, alias) is not None:
                raise ValueError(f"'{key}' and '{alias}' mean the same: give one of them")
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
    severity: _OrCases[SeverityName]
    confidence: _OrCases[ConfidenceName]
    responsible: _OrCases[Named]
    when: Text
    sentence: _OrCases[Text]
    why: Text
    evidence: list[Text] = []
    fix: list[_FixStep] = []
    references: list[Text] = []
    false_alarms: list[Text] = []
    supersedes: list[Text] = []
    explains: list[Text] = []
    fallback: bool = False
    teardown: bool = False
    reports_as: Text | None = None
    captures: _Captures = _Captures()
    files: _Files = _Files()


_KEYS: dict[str, tuple[str, ...]] = {
    "": tuple(_RuleFile.model_fields),
    "fix": tuple(_FixStep.model_fields),
    "captures": tuple(_Captures.model_fields),
    "files": tuple(_Files.model_fields),
}
"""Key of the top level → the keys allowed below it; anything else with keys is a list of cases."""


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
    try:
        _RuleFile.model_validate(data)
    except ValidationError as error:
        return [_misshape(detail) for detail in error.errors(include_url=False)]
    return [
        found for key in ("severity", "confidence", "responsible", "sentence") for found in _order(data, key)
    ]


def _order(data: dict[str, Any], key: str) -> list[Misshape]:
    """The last case has no condition, all others have one."""
    cases = data[key]
    if not isinstance(cases, list):
        return []
    if not cases:
        return [Misshape((key,), f"'{key}' has no value", "")]
    found = [
        Misshape((key, i), "a case without 'when' always holds: it must be the last", "")
        for i, case in enumerate(cases[:-1])
        if "when" not in case
    ]
    if "when" in cases[-1]:
        text = f"the last case of '{key}' must have no 'when'"
        found.append(Misshape((key, len(cases) - 1), text, "end the list with the default: - {is: …}"))
    return found


def _misshape(detail: ErrorDetails) -> Misshape:
    path = tuple(part for part in detail["loc"] if part not in ("<cases>", "<value>"))
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return Misshape(path, f"unknown key '{path[-1]}'", _key_hint(path))
    if kind == "missing":
        return Misshape(path[:-1], f"the key '{path[-1]}' is missing", "")
    if kind == "literal_error":
        known = str(detail["ctx"]["expected"])
        hint = did_you_mean(str(value), [word.strip("' ") for word in known.replace(" or ", ",").split(",")])
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
    parent = str(path[0]) if len(path) > 1 else ""
    known = _KEYS.get(parent, ("when", "is"))
    return did_you_mean(str(path[-1]), known) or f"known keys: {', '.join(known)}"
