"""Acceptance rules: what must hold of every row of results, as `tier1_short == 0`, read without being run as code.

    cost <= 1.1e6 and tier1_share_short < 0.05
    scenario != 'attack' or tier1_short == 0      (of one scenario alone)

Numbers, texts, names of columns, + - * /, comparisons, and, or, not. Nothing else reads.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.problems import CasemateError

LONGEST, DEEPEST = 500, 20
SHOWN = 20  # cases named of those that break a rule

_COMPARED = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_COUNTED = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class RuleError(CasemateError):
    """An acceptance rule does not read, or names a figure that is not there."""

    code = "bad-rule"


@dataclass(frozen=True)
class Rule:
    """One rule: its text, and what was read from it."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Return the rule written in this text; RuleError says what does not read."""
        text = " ".join(str(text).split())
        if len(text) > LONGEST:
            raise RuleError(f"the rule '{text[:40]}…' is longer than {LONGEST} characters; make two of it")
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise RuleError(f"the rule '{text}' does not read; write it as: tier1_short == 0") from None
        if not _is_verdict(tree):
            raise RuleError(f"the rule '{text}' compares nothing; write it as: tier1_short == 0")
        _check(tree, text, 0)
        return cls(text, tree, frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)))

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Return whether it holds of a row; where a figure is missing it does not."""
        if any(_missing(row[name]) for name in self.names):
            return False
        try:
            return bool(_value(self.tree, row))
        except (TypeError, ZeroDivisionError, OverflowError):
            return False


def _is_verdict(tree: ast.expr) -> bool:
    if isinstance(tree, ast.BoolOp):
        return all(_is_verdict(part) for part in tree.values)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return _is_verdict(tree.operand)
    return isinstance(tree, ast.Compare)


def _check(node: ast.AST, text: str, depth: int) -> None:
    known = (
        (isinstance(node, ast.Constant) and type(node.value) in (int, float, str))
        or (isinstance(node, ast.Compare) and all(type(op) in _COMPARED for op in node.ops))
        or (isinstance(node, ast.BinOp) and type(node.op) in _COUNTED)
        or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub))
        or isinstance(node, ast.Name | ast.BoolOp)
    )
    if not known or depth > DEEPEST:
        part = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        raise RuleError(f"the rule '{text}' does not read at '{part}'; it takes numbers, texts, figures, + - * /, "
                        "comparisons, and, or, not")  # fmt: skip
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _check(child, text, depth + 1)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _value(node: ast.expr, row: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return row[node.id]
    if isinstance(node, ast.BoolOp):
        values = (_value(part, row) for part in node.values)
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, row)
        return not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.BinOp):
        return _COUNTED[type(node.op)](_value(node.left, row), _value(node.right, row))
    assert isinstance(node, ast.Compare)
    sides = [_value(part, row) for part in (node.left, *node.comparators)]
    pairs = zip(sides, node.ops, sides[1:], strict=False)
    return all(_COMPARED[type(op)](a, b) for a, op, b in pairs)


def verdicts(rules: Sequence[Rule], results: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each rule whether it holds of every case, how many break it, and the first of them by name.

    A case without a result breaks every rule. A rule that names no column passes nothing: it says so.
    """
    rows = results.to_dict("records")
    out = []
    for rule in rules:
        unknown = sorted(rule.names - set(results.columns))
        broken = [row["case"] for row in rows if unknown or row["state"] != "done" or not rule.holds(row)]
        said = f"no figure {', '.join(unknown)}; known: {', '.join(results.columns)}" if unknown else ""
        out.append({"rule": rule.text, "passed": not broken and not unknown, "broken": len(broken),
                    "cases": broken[:SHOWN], "note": said})  # fmt: skip
    return out
