"""A program as text in CPLEX LP format, with names that a reader knows, for golden tests and curious eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import wrap

import numpy as np

from optimizer.program import Block, Program

WIDTH = 100
Words = Mapping[str, np.ndarray]


def to_lp(program: Program, words: Words | None = None) -> str:
    """Return the program in CPLEX LP format, columns that occur nowhere left out.

    `words` gives, by name of a key, the texts that its whole numbers stand for.
    """
    columns = _names(program.columns, words or {})
    rows = _names(program.rows, words or {})
    matrix = program.matrix.tocsr()
    lines = ["Minimize", *_expression("goal", np.flatnonzero(program.cost), program.cost, columns)]
    lines.append("Subject To")
    for i, name in enumerate(rows):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        order = np.argsort(matrix.indices[span], kind="stable")
        used = matrix.indices[span][order]
        values = dict(zip(used.tolist(), matrix.data[span][order], strict=True))
        for suffix, side in _sides(program.row_lower[i], program.row_upper[i]):
            lines += _expression(name + suffix, used, values, columns, side)
    occurs = np.unique(np.concatenate([matrix.indices, np.flatnonzero(program.cost)]))
    lines += _bounds(program, occurs, columns)
    whole = [columns[j] for j in occurs if program.whole[j]]
    lines += ["General", *(f" {name}" for name in whole)] if whole else []
    return "\n".join([*lines, "End"]) + "\n"


def _names(blocks: tuple[Block, ...], words: Words) -> list[str]:
    """Return the name of every member: its family and the leading keys that tell the members apart."""
    names: list[str] = []
    for block in blocks:
        if not block.size:
            continue
        texts: list[list[str]] = [[] for _ in range(block.size)]
        for key, values in block.keys.items():
            for own, value in zip(texts, values, strict=True):
                own.append(_word(key, value, words))
            if len({tuple(own) for own in texts}) == block.size:
                break
        else:
            if block.size > 1:
                texts = [[*own, str(i)] for i, own in enumerate(texts)]
        own_names = [f"{block.name}({','.join(own)})" if own else block.name for own in texts]
        names += [re.sub(r"[^\w(),.|@']", "_", name) for name in own_names]
    return names


def _word(key: str, value: object, words: Words) -> str:
    if isinstance(value, str):
        return value
    number = int(value)  # type: ignore[call-overload]
    return str(words[key][number]) if key in words else f"{key}{number}"


def _sides(low: float, high: float) -> list[tuple[str, str]]:
    if low == high:
        return [("", f"= {_number(high)}")]
    both = [("_low", f">= {_number(low)}")] if np.isfinite(low) else []
    both += [("_high", f"<= {_number(high)}")] if np.isfinite(high) else []
    return both if len(both) > 1 else [("", side) for _, side in both]


def _expression(
    name: str,
    used: np.ndarray,
    values: np.ndarray | Mapping[int, float],
    columns: list[str],
    side: str = "",
) -> list[str]:
    terms = []
    for j in used.tolist():
        size = "" if abs(values[j]) == 1 else _number(abs(values[j])) + " "
        terms.append(f"{'-' if values[j] < 0 else '+'} {size}{columns[j]}")
    text = f"{name}: {' '.join(terms) or '0 nothing'} {side}".rstrip()
    return [" " + line for line in wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False,
                                        break_on_hyphens=False)]  # fmt: skip


def _bounds(program: Program, occurs: np.ndarray, columns: list[str]) -> list[str]:
    lines = []
    for j in occurs.tolist():
        if program.lower[j] != 0:
            lines.append(f" {columns[j]} >= {_number(program.lower[j])}")
        if np.isfinite(program.upper[j]):
            lines.append(f" {columns[j]} <= {_number(program.upper[j])}")
    return ["Bounds", *lines] if lines else []


def _number(value: float) -> str:
    return f"{value:.12g}"
