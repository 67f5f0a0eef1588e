"""SPEC.yaml: a grid or a list of cases, how to solve each, and what must hold of the results."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from api.jobs.acceptance import Rule, RuleError
from api.store.database import to_text
from data.change import parse_change
from data.problems import ChangeError, Problem, TableError

MOST_CASES, MOST_BYTES = 100_000, 4 * 2**20
KEYS = ("name", "theatre", "scenarios", "changes", "seeds", "cases", "gap", "deadline", "method", "relax", "expect")
CASE_KEYS = {"name", "scenario", "changes", "seed"}
METHODS = ("auto", "columns", "whole")


@dataclass(frozen=True)
class Case:
    """One question of a batch."""

    name: str
    scenario: str
    changes: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class BatchSpec:
    """What a SPEC.yaml asks: its cases in order, how each is solved, and the rules."""

    name: str
    theatre: str
    cases: tuple[Case, ...]
    gap: float = 1e-4
    deadline: float | None = None
    method: str = "auto"
    relax: bool = False
    expect: tuple[Rule, ...] = ()

    @property
    def digest(self) -> str:
        """Return the sha256 of what decides the results: the cases and how they are solved."""
        cases = [[c.name, c.scenario, list(c.changes), c.seed] for c in self.cases]
        return hashlib.sha256(to_text([cases, self.gap, self.deadline, self.method, self.relax]).encode()).hexdigest()


def read_spec(path: Path) -> BatchSpec:
    """Return the spec in a file; TableError lists every problem at once."""
    if path.stat().st_size > MOST_BYTES:
        raise TableError([_wrong("", "", "the file is too large", "write a grid instead of a list")])
    return parse_spec(path.read_text(encoding="utf-8"), path.stem)


def parse_spec(text: str, name: str = "batch") -> BatchSpec:
    """Return the spec written in YAML (or JSON); TableError lists every problem at once."""
    try:
        given = yaml.load(text, Loader=_PlainLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise TableError([_wrong("", said, "the spec is no YAML", "correct it there")]) from None
    if not isinstance(given, dict):
        raise TableError([_wrong("", "", "the spec holds no keys", f"write {', '.join(KEYS[1:4])}, …")])
    return spec_of(given, name)


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases (a few lines of them unfold to billions), whose yes, no, on and off are words, not flags."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are not taken; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise yaml.YAMLError(f"a key stands twice in line {node.start_mark.line + 1} or below; keep one of them")
        return found


def spec_of(given: Mapping[str, Any], name: str = "batch") -> BatchSpec:
    """Return the spec of these keys and values; TableError lists every problem at once."""
    reader = _Reader(given)
    cases = reader.cases()
    spec: dict[str, Any] = {
        "name": reader.text("name", name), "theatre": reader.text("theatre", ""),
        "gap": reader.number("gap", 1e-4, 0.0), "deadline": reader.number("deadline", None, 1e-9),
        "method": reader.word("method", METHODS), "relax": reader.flag("relax"), "expect": reader.rules(),
    }  # fmt: skip
    if reader.problems:
        raise TableError(reader.problems)
    return BatchSpec(cases=cases, **spec)


def _wrong(key: str, value: Any, problem: str, mend: str) -> Problem:
    return Problem("batch", None, key, str(value)[:200], problem, mend)


class _Reader:
    """Reads one key after the other and keeps every problem."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        known = f"known: {', '.join(KEYS)}"
        self.problems = [_wrong(str(key), "", "unknown key", known) for key in given if key not in KEYS]

    def wrong(self, key: str, value: Any, problem: str, mend: str) -> None:
        self.problems.append(_wrong(key, value, problem, mend))

    def text(self, key: str, usual: str) -> str:
        value = self.given.get(key, usual)
        if not isinstance(value, str):
            self.wrong(key, value, "is no text", "write a text")
        return str(value)

    def number(self, key: str, usual: float | None, least: float) -> float | None:
        value = self.given.get(key, usual)
        if value is None:
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number) or number < least:
            self.wrong(key, value, "makes no sense", f"give a number of at least {least:g}")
            return usual
        return number

    def word(self, key: str, words: Sequence[str]) -> str:
        value = self.given.get(key, words[0])
        if value not in words:
            self.wrong(key, value, "unknown word", f"write one of: {', '.join(words)}")
        return str(value)

    def flag(self, key: str) -> bool:
        value = self.given.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, value, "is neither true nor false", "write true or false")
        return bool(value)

    def rules(self) -> tuple[Rule, ...]:
        found = []
        for text in self.many(self.given, "expect"):
            try:
                found.append(Rule.parse(text))
            except RuleError as error:
                self.wrong("expect", text, str(error), "correct the rule")
        return tuple(found)

    def many(self, given: Mapping[str, Any], key: str) -> list[Any]:
        """Return the values of a key that takes one or a list of them."""
        value = given.get(key)
        return [] if value is None else value if isinstance(value, list) else [value]

    def cases(self) -> tuple[Case, ...]:
        grid = any(key in self.given for key in ("scenarios", "changes", "seeds"))
        if grid == ("cases" in self.given):
            self.wrong("cases", "", "a spec holds a grid or a list", "give scenarios (with changes, seeds) or cases")
            return ()
        found = tuple(self.grid() if grid else self.listed())
        if not found and not self.problems:
            self.wrong("cases", "", "there is nothing to answer", "name at least one scenario")
        names = [case.name for case in found]
        if twice := _twice(names):
            self.wrong("cases", twice[0], "two cases have one name", "give each its own")
        return found

    def grid(self) -> Iterator[Case]:
        asked, seeds = self.many(self.given, "scenarios"), [self.seed(s) for s in self.many(self.given, "seeds")] or [0]
        axes = self.axes()
        size = len(asked) * len(seeds) * math.prod(len(axis) for axis in axes)
        if size > MOST_CASES:
            self.wrong("changes", size, f"the grid has more than {MOST_CASES} cases", "take fewer of each")
            return
        if not asked:
            self.wrong("scenarios", "", "no scenario is named", "name at least one")
        for scenario, picked, seed in itertools.product(asked, itertools.product(*axes), seeds):
            words = [str(scenario), *(name for name, _ in picked), *([f"seed {seed}"] if len(seeds) > 1 else [])]
            yield Case(" · ".join(words), str(scenario), tuple(t for _, texts in picked for t in texts), seed)

    def axes(self) -> list[list[tuple[str, tuple[str, ...]]]]:
        """Return each axis of changes as its values: a name and the changes it stands for."""
        given = self.given.get("changes") or {}
        if not isinstance(given, dict):
            self.wrong("changes", given, "holds no axes", "write AXIS: {VALUE: [change, …], …}")
            return []
        axes = []
        for axis, values in given.items():
            if not isinstance(values, dict) or not values:
                mend = "write {VALUE: [change, …], …}; [] changes nothing"
                self.wrong(f"changes.{axis}", values, "holds no values", mend)
                continue
            axes.append([(f"{axis}={v}", self.changes(f"changes.{axis}.{v}", values[v])) for v in values])
        return axes

    def changes(self, place: str, value: Any) -> tuple[str, ...]:
        texts = [] if value is None else value if isinstance(value, list) else [value]
        found = []
        for text in texts:
            try:
                found.append(str(parse_change(str(text))))
            except ChangeError as error:
                self.wrong(place, text, str(error), "correct the change")
        return tuple(found)

    def seed(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            self.wrong("seeds", value, "is no seed", "give a whole number from 0 on")
            return 0
        return value

    def listed(self) -> Iterator[Case]:
        given = self.given["cases"]
        if not isinstance(given, list) or len(given) > MOST_CASES:
            mend = "write a list of {scenario, changes, seed}"
            self.wrong("cases", "", f"is no list of at most {MOST_CASES} cases", mend)
            return
        for i, one in enumerate(given):
            place = f"cases[{i}]"
            if not isinstance(one, dict) or not one.get("scenario") or set(one) - CASE_KEYS:
                self.wrong(place, one, "is no case", "write {name, scenario, changes, seed}; scenario is needed")
                continue
            changes = self.changes(f"{place}.changes", one.get("changes"))
            name = str(one.get("name") or f"{i + 1}: {one['scenario']}")
            yield Case(name, str(one["scenario"]), changes, self.seed(one.get("seed", 0)))


def _twice(names: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({n for n in names if n in seen or seen.add(n)})  # type: ignore[func-returns-value]
