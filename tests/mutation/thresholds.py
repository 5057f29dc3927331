"""Each threshold, halved and doubled: does some test notice?  ``python -m tests.mutation.thresholds`` (``make thresholds``).

Thresholds are the named numbers of ``sipdiag/facts``, ``calls`` and ``media``, and the numbers that conditions of rules
compare with.  Those that nobody has to hold stand in ``unheld.yaml`` with the reason.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import yaml
from msgspec import Struct

from tests.mutation.command import modules, options
from tests.mutation.held import ROOT, Change, try_changes

ROOMS = ("sipdiag/facts", "sipdiag/calls", "sipdiag/media")
UNHELD = Path(__file__).with_name("unheld.yaml")
_NAME = re.compile(r"_?[A-Z][A-Z0-9_]+")
_LIMIT = re.compile(r"[<>]=? (\d+(?:\.\d+)?)(?![\d.])")
_STATUS_CLASS = re.compile(r"\b\w*(?:status|result|refused)\w* [<>]=? [1-6]00\b")
"""Where a class of responses begins (RFC 3261 §7.2) is no threshold."""
_TEXTS = (
    "sentence",
    "why",
    "also",
    "title",
    "fix",
    "source",
    "captures",
    "files",
    "false_alarms",
    "references",
)
"""Keys of rules under which no condition stands."""


class Constant(Struct, frozen=True):
    """A named number."""

    path: Path
    line: int
    name: str
    value: float

    @property
    def module(self) -> str:
        """Its module's name."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def constants(path: Path) -> Iterator[Constant]:
    """The named numbers of a module: literals, and products of them."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        name = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(name, ast.Name) or not _NAME.fullmatch(name.id):
            continue
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        if node.value is not None and _is_number(node.value):
            value = eval(compile(ast.Expression(node.value), "", "eval"), {"__builtins__": {}})
            if value:
                yield Constant(path, node.lineno, name.id, value)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def altered(constant: Constant, users: dict[str, list[tuple[Path, int]]]) -> Iterator[Change]:
    """The constant halved and doubled."""
    where = f"{constant.path.relative_to(ROOT)}:{constant.line}"
    lines = frozenset((str(path.relative_to(ROOT)), line) for path, line in users[_full(constant)])
    for value in _halved_and_doubled(constant.value):
        what = f"{constant.name} {constant.value} → {value}"
        yield Change(where, what, lines, partial(_set, constant, value))


def _halved_and_doubled(number: float) -> tuple[float, ...]:
    """Neither of zero."""
    if not number:
        return ()
    return (number // 2 if isinstance(number, int) else number / 2, number * 2)


def _full(constant: Constant) -> str:
    return f"{constant.module}.{constant.name}"


def _set(constant: Constant, value: float) -> None:
    """In its module and in all that import it by name."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("sipdiag.") or vars(module).get(constant.name) != constant.value:
            continue
        if name == constant.module or _full(constant) in _imports(Path(str(module.__file__))).values():
            setattr(module, constant.name, value)


def _imports(path: Path) -> dict[str, str]:
    """What a module imports by name: the name → the full name."""
    return {
        one.asname or one.name: f"{node.module}.{one.name}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }


def uses(wanted: set[str]) -> dict[str, list[tuple[Path, int]]]:
    """Where each constant is used."""
    found: dict[str, list[tuple[Path, int]]] = {name: [] for name in wanted}
    for path in sorted((ROOT / "sipdiag").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        imported = _imports(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.expr) and (full := _named(node, module, imported)) in found:
                found[full].append((path, node.lineno))
    return found


def _named(node: ast.expr, module: str, imported: dict[str, str]) -> str:
    """The full name of the constant that is read here: ``LONGEST``, ``mos.SHORTEST_S``."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if _NAME.fullmatch(name):
            return imported.get(name, f"{module}.{name}")
        case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Load()) if _NAME.fullmatch(name):
            return f"{imported.get(owner)}.{name}"
    return ""


class _Limit(NamedTuple):
    """A number that a condition of a rule compares with."""

    line: int
    condition: str
    at: int
    """Where it begins in the text of the file."""
    number: str


def of_rule(path: Path) -> Iterator[Change]:
    """Each number that a condition of the rule compares with, halved and doubled."""
    rule = str(path.relative_to(ROOT / "rules").with_suffix(""))
    text = path.read_text(encoding="utf-8")
    captures = yaml.safe_load(text).get("captures") or {}
    tests = {f"{name}.expect.yaml" for names in captures.values() for name in names}
    tests |= {rule, f"sample_pcaps/{path.parent.name}/"} | _expecting(rule)
    for limit in _limits(text):
        for value in _halved_and_doubled(float(limit.number) if "." in limit.number else int(limit.number)):
            changed = text[: limit.at] + str(value) + text[limit.at + len(limit.number) :]
            yield Change(
                f"{path.relative_to(ROOT)}:{limit.line}",
                f"{limit.condition[:60]}: {limit.number} → {value}",
                frozenset(),
                partial(_rewrite, path, changed),
                frozenset(tests),
            )


def _limits(text: str) -> Iterator[_Limit]:
    start = 0
    in_text = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        key = re.match(r"\s*(?:- )?([a-z_]+):", line)
        if key:
            in_text = key[1] in _TEXTS
        if not in_text and not line.lstrip().startswith("#"):
            compared = _STATUS_CLASS.sub(lambda one: "-" * len(one[0]), line)
            for found in _LIMIT.finditer(compared):
                yield _Limit(number, line.strip(), start + found.start(1), found[1])
        start += len(line)


def _expecting(rule: str) -> set[str]:
    """The samples whose expectation names the rule."""
    return {
        path.relative_to(ROOT / "sample_pcaps").as_posix()
        for path in (ROOT / "sample_pcaps").rglob("*.expect.yaml")
        if rule in path.read_text(encoding="utf-8")
    }


def _rewrite(path: Path, text: str) -> None:
    """The rules are loaded anew, with another text of this file."""
    from sipdiag.knowledge import parsed
    from sipdiag.knowledge.yamlfile import YamlFile
    from sipdiag.knowledge.yamltext import parse
    from sipdiag.pipeline.run import load_rulebook
    from sipdiag.regression import case

    usual = vars(parsed)["load"]

    def changed(file: Path) -> YamlFile:
        found: YamlFile = parse(text, file) if file == path else usual(file)
        return found

    vars(parsed)["load"] = changed
    case._rulebook.cache_clear()
    rulebook = load_rulebook()
    for name, module in list(sys.modules.items()):
        if name.startswith("tests.") and "RULEBOOK" in vars(module):
            vars(module)["RULEBOOK"] = rulebook


def unheld() -> dict[str, str]:
    """``sipdiag.facts.wording.LONGEST_REASON`` or ``target/no-answer:12`` → why no test has to hold it."""
    given: dict[str, str] = yaml.safe_load(UNHELD.read_text(encoding="utf-8"))
    return given


def main() -> None:
    """Print what no test holds; the exit status is 1 if any of it has no reason."""
    given = options("Halve and double thresholds and see which the tests hold.").parse_args()
    named = [one for path in modules(ROOMS, given.only) for one in constants(path)]
    users = uses(set(map(_full, named)))
    reasons = unheld()
    changes = [change for one in named if _full(one) not in reasons for change in altered(one, users)]
    for path in sorted((ROOT / "rules").glob("*/*.yaml")):
        if given.only in str(path) and path.parent.name != "providers":
            changes += of_rule(path)
    results = try_changes(changes, given.jobs)
    survived = [one for one in results if not one.by and one.change.where not in reasons]
    print(
        f"{len(results) - len(survived)} of {len(results)} changes were noticed; {len(reasons)} numbers are excepted."
    )
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
