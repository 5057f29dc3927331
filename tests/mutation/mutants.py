"""Small faults, planted one at a time: which are noticed?  ``python -m tests.mutation.mutants`` (``make mutants``).

A seeded sample of all single changes of an operator, a condition, a number or a result inside the functions of
``sipdiag/facts`` and ``sipdiag/calls``.  Functions get the code of the changed source in place: nothing is imported
again, so that a mutant costs as much as the tests that notice it.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

from tests.mutation.command import modules, options
from tests.mutation.held import ROOT, Change, try_changes

ROOMS = ("sipdiag/facts", "sipdiag/calls")
LEAST_PERCENT = 85.0
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}


class Site(NamedTuple):
    """One thing that can be changed: the number of its node in the tree, and how."""

    path: Path
    node: int
    line: int
    what: str
    change: Callable[[ast.AST], None]


def sites(path: Path) -> Iterator[Site]:
    """All places of a file where a mutant can be made."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = _within_functions(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in inside:
            for what, change in _changes(node):
                yield Site(path, number, _line(node), what, change)


def _line(node: ast.AST) -> int:
    """A comprehension has no place of its own: it stands where what it goes through stands."""
    placed = node.iter if isinstance(node, ast.comprehension) else node
    assert isinstance(placed, ast.expr | ast.stmt)
    return placed.lineno


def _within_functions(tree: ast.Module) -> set[int]:
    """The nodes of function bodies, without docstrings, annotations, default values and what they are decorated with."""
    found: set[int] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                if isinstance(statement, ast.AnnAssign):
                    found |= set(map(id, ast.walk(statement.value))) if statement.value else set()
                elif not isinstance(statement, ast.FunctionDef):
                    found |= set(map(id, ast.walk(statement)))
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            found -= set(map(id, ast.walk(node.annotation)))
    return found


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            other = _COMPARED[type(op)]
            yield f"{type(op).__name__} → {other.__name__}", lambda n: setattr(n, "ops", [other()])
        case ast.BoolOp(op=op):
            swapped = ast.Or if isinstance(op, ast.And) else ast.And
            yield f"{type(op).__name__} → {swapped.__name__}", lambda n: setattr(n, "op", swapped())
        case ast.If() | ast.IfExp():
            yield "condition negated", _negate
        case ast.comprehension(ifs=[_, *_]):
            yield "filter dropped", lambda n: setattr(n, "ifs", [])
        case ast.Constant(value=bool() as value):
            yield f"{value} → {not value}", lambda n: setattr(n, "value", not value)
        case ast.Constant(value=int() | float() as number):
            yield f"{number} → {number + 1}", lambda n: setattr(n, "value", number + 1)
        case ast.BinOp(op=op, left=left) if type(op) in _COMPUTED and not isinstance(
            left, ast.Constant | ast.JoinedStr
        ):
            counter = _COMPUTED[type(op)]
            yield f"{type(op).__name__} → {counter.__name__}", lambda n: setattr(n, "op", counter())
        case ast.Call(func=ast.Name(id=name) as func) if name in _CALLED:
            opposite = ast.copy_location(ast.Name(_CALLED[name], ast.Load()), func)
            yield f"{name} → {_CALLED[name]}", lambda n: setattr(n, "func", opposite)
        case ast.Return(value=ast.expr() as value) if not (
            isinstance(value, ast.Constant) and value.value is None
        ):
            yield "returns None", lambda n: setattr(n, "value", ast.copy_location(ast.Constant(None), value))
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", _affirm
        case _:
            return


def _negate(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.IfExp)
    node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)


def _affirm(node: ast.AST) -> None:
    """``not x`` becomes ``not (not x)``: its truth."""
    assert isinstance(node, ast.UnaryOp)
    node.op = ast.Not()
    node.operand = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node.operand)


def sample(every: Iterable[Site], count: int, seed: int) -> list[Site]:
    """So many of them, by a hash of the changed line: what is written elsewhere moves no other mutant in or out."""
    met: Counter[tuple[str, str, str]] = Counter()
    ranked: list[tuple[bytes, Site]] = []
    for site in every:
        line = site.path.read_text(encoding="utf-8").splitlines()[site.line - 1].strip()
        said = (str(site.path.relative_to(ROOT)), line, site.what)
        met[said] += 1
        ranked.append((hashlib.sha256(f"{seed} {said} {met[said]}".encode()).digest(), site))
    chosen = sorted(ranked, key=lambda one: one[0])[:count]
    return sorted((site for _, site in chosen), key=lambda one: (one.path, one.node))


def mutant(site: Site) -> Change:
    """The change at a place."""
    name = str(site.path.relative_to(ROOT))
    lines = frozenset({(name, site.line)})
    return Change(f"{name}:{site.line}", site.what, lines, lambda: plant(site))


def plant(site: Site) -> None:
    """Give the functions of the module the code of its changed source."""
    tree = ast.parse(site.path.read_text(encoding="utf-8"))
    node = next(node for number, node in enumerate(ast.walk(tree)) if number == site.node)
    site.change(node)
    changed = _codes(compile(ast.fix_missing_locations(tree), str(site.path), "exec"))
    planted = 0
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == str(site.path):
            code = changed.get(_key(function.__code__))
            if code is not None and code != function.__code__:
                function.__code__ = code
                planted += 1
    if not planted:
        raise SystemExit(f"{site.path}:{site.line}: no function has this code")


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    found = {_key(code): code}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= _codes(const)
    return found


def main() -> None:
    """Print the survivors and the share that was noticed; the exit status says whether it is enough."""
    parser = options("Plant faults and see which the tests notice.")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    every = [site for path in modules(ROOMS, given.only) for site in sites(path)]
    results = try_changes([mutant(site) for site in sample(every, given.count, given.seed)], given.jobs)
    noticed = sum(bool(one.by) for one in results)
    percent = 100 * noticed / len(results)
    print(
        f"{noticed} of {len(results)} mutants were noticed ({percent:.1f} %), of {len(every):,} possible ones."
    )
    sys.exit(percent < LEAST_PERCENT)


if __name__ == "__main__":
    main()
