"""Is the policy tested? Each small change of its source must make a test fail, and each branch taken or left always.

A change is made in a process of its own, which has all that the tests need already.
"""

import ast
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.benchmarks.stage import HOME, Figure, Stage

TESTED: dict[str, tuple[str, ...]] = {
    "app.access.policy": ("tests/app/access/test_policy.py",),
    "app.access.sharing": ("tests/app/access/test_sharing.py", "tests/app/access/test_policy.py"),
    "app.access.labels": ("tests/app/access/test_labels.py",),
}
PURE = {"app.access.sharing": ("Rule", "shared", "_shows")}
"""Of a module that also reads and keeps: what of it decides."""
ALSO = {"app.access.labels": ("app.access.sensitive",)}
"""What the tests reach a module through: loaded again after the change."""
SAME: dict[str, tuple[str, ...]] = {
    "app.access.labels": ('if not (b"ecurity" in body', "if sensitive.marks and ("),
}
"""Lines that only save time: always taken, they find the same. What survives there is no mutant."""
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Sub: ast.BitOr,
}


def figures(stage: Stage) -> Iterator[Figure]:
    """For each module: the share of its mutants that a test noticed, and those that none did."""
    for name, tests in TESTED.items():
        tree = ast.parse(_source(name))
        many = sum(1 for _ in changes(tree, PURE.get(name, ())))
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
            _ready(name)
            if not pool.submit(_survives, name, tests, NO_CHANGE).result():
                raise RuntimeError(f"the tests of {name} fail without any change")
            found = list(pool.map(_survives, [name] * many, [tests] * many, range(many), chunksize=1))
        left = [words for words in found if words and not _is_same(name, words)]
        branches = [words for words in left if words.endswith(("always", "never"))]
        params = {"module": name, "mutants": many, "survived": left}
        yield Figure("policy.mutants_killed", 100 * (many - len(left)) / many, "%", params)
        yield Figure("policy.branches_untested", len(branches), "branches", {"module": name})


def _is_same(name: str, words: str) -> bool:
    line = _source(name).splitlines()[int(words.partition(":")[0]) - 1].strip()
    return line.startswith(SAME.get(name, ("-",)))


def _source(name: str) -> str:
    return Path(HOME / f"{name.replace('.', '/')}.py").read_text()


def _ready(name: str) -> None:
    """Load what the tests need before any process parts."""
    importlib.import_module(name)
    for one in ("tests.conftest", "tests.feeding", "tests.app.access.conftest"):
        importlib.import_module(one)


NO_CHANGE = -1


def _survives(name: str, tests: tuple[str, ...], number: int) -> str:
    """Run the tests with one change, in a child that ends with it; the change in words where no test fails."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(_try(name, tests, number, write))
    os.close(write)
    with os.fdopen(read) as said:
        words = said.read()
    _, status = os.waitpid(child, 0)
    return words if os.waitstatus_to_exitcode(status) == 0 else ""


def _try(name: str, tests: tuple[str, ...], number: int, write: int) -> int:
    module = sys.modules[name]
    tree = ast.parse(_source(name))
    made = changes(tree, PURE.get(name, ()))
    words = "no change" if number == NO_CHANGE else next(said for n, said in enumerate(made) if n == number)
    with os.fdopen(write, "w") as told:
        told.write(words)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            _become(module, tree)
            for one in ALSO.get(name, ()):
                importlib.reload(importlib.import_module(one))
        except Exception:  # it does not even load
            return 1
        return int(pytest.main([*_QUIETLY, *tests]) != 0)


_QUIETLY = [
    *("-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not postgresql and not sqlite"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]


def _become(module: ModuleType, tree: ast.Module) -> None:
    exec(compile(ast.fix_missing_locations(tree), str(module.__file__), "exec"), module.__dict__)  # noqa: S102


# ------------------------------------------------------------------ changes
def changes(tree: ast.Module, only: tuple[str, ...]) -> Iterator[str]:
    """Make each change in turn, in the tree itself, and say it; the one before is taken back first."""
    tops = [one for one in tree.body if not only or getattr(one, "name", "") in only]
    for top in tops:
        for node in list(_within(top)):
            yield from _of(node)


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Every part of it but types and decorators, which decide nothing."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list", "slice"):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    yield from _within(one)


def _of(node: ast.AST) -> Iterator[str]:
    for kinds, make in _CHANGES:
        if isinstance(node, kinds):
            yield from make(node, getattr(node, "lineno", 0))


def _compared(node: ast.Compare, line: int) -> Iterator[str]:
    yield from _swapped(node, "ops", [_COMPARED[type(op)]() for op in node.ops], f"{line}: compare otherwise")


def _joined(node: ast.BoolOp, line: int) -> Iterator[str]:
    yield from _swapped(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And(), f"{line}: and for or")
    yield from _without(node, "values", line)


def _combined(node: ast.BinOp, line: int) -> Iterator[str]:
    if type(node.op) in _OTHER:
        yield from _swapped(node, "op", _OTHER[type(node.op)](), f"{line}: another set")


def _branched(node: ast.If | ast.IfExp, line: int) -> Iterator[str]:
    for always, word in _FORCED:
        yield from _swapped(node, "test", ast.Constant(always), f"{line}: {word}")


def _filtered(node: ast.comprehension, _: int) -> Iterator[str]:
    for n, one in enumerate(node.ifs):
        for always, word in _FORCED:
            ifs = [*node.ifs[:n], ast.Constant(always), *node.ifs[n + 1 :]]
            yield from _swapped(node, "ifs", ifs, f"{one.lineno}: {word}")


def _returned(node: ast.Return, line: int) -> Iterator[str]:
    if not isinstance(node.value, (ast.Constant, type(None))):
        yield from _swapped(node, "value", ast.Constant(None), f"{line}: returns nothing")


def _listed(node: ast.Tuple | ast.Set | ast.List, line: int) -> Iterator[str]:
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        yield from _without(node, "elts", line)


def _called(node: ast.Call, line: int) -> Iterator[str]:
    yield from _without(node, "keywords", line)


def _constant(node: ast.Constant, line: int) -> Iterator[str]:
    if isinstance(node.value, (bool, int)):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield from _swapped(node, "value", other, f"{line}: {other} for {node.value}")


def _stated(node: ast.FunctionDef | ast.If | ast.For, _: int) -> Iterator[str]:
    for n, one in enumerate(node.body):
        if isinstance(one, ast.Expr) and not isinstance(one.value, ast.Constant):
            body = [*node.body[:n], ast.Pass(), *node.body[n + 1 :]]
            yield from _swapped(node, "body", body, f"{one.lineno}: without this line")


_FORCED = ((True, "always"), (False, "never"))
_CHANGES: tuple[tuple[Any, Callable[[Any, int], Iterator[str]]], ...] = (
    (ast.Compare, _compared), (ast.BoolOp, _joined), (ast.BinOp, _combined), ((ast.If, ast.IfExp), _branched),
    (ast.comprehension, _filtered), (ast.Return, _returned), ((ast.Tuple, ast.Set, ast.List), _listed),
    (ast.Call, _called), (ast.Constant, _constant), ((ast.FunctionDef, ast.If, ast.For), _stated),
)  # fmt: skip


def _without(node: ast.AST, name: str, line: int) -> Iterator[str]:
    parts = getattr(node, name)
    for n in range(len(parts)):
        yield from _swapped(node, name, parts[:n] + parts[n + 1 :], f"{line}: without part {n} of {name}")


def _swapped(node: ast.AST, name: str, other: object, words: str) -> Iterator[str]:
    before = getattr(node, name)
    setattr(node, name, other)
    yield words
    setattr(node, name, before)
