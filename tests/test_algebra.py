"""The row blocks that the code makes are the ones that the docstring and the docs page name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer.formulations.reinforce import arcflow, build, master
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.program import Program
from tests.optimizer.programs import passes_asked
from tests.worlds import balance_of_sectors, two_priorities, whole_units

PAGE = Path(__file__).resolve().parent.parent / "docs" / "formulations" / "reinforce.md"


def tags(text: str) -> set[str]:
    """Return the tags in front of the rows of a program: `(stock)   Σ …`; of `(carry …)` the first word."""
    return set(re.findall(r"^ *\(([a-z_]+)(?: …)?\) ", text, re.MULTILINE))


def blocks(*programs: Program) -> set[str]:
    return {rows.name.split(" ")[0] for program in programs for rows in program.rows}


def arc_flow_blocks() -> set[str]:
    balanced, tiered = balance_of_sectors(), two_priorities()
    asked = passes_asked(build(tiered.theatre, tiered.scenario))
    return blocks(build(balanced.theatre, balanced.scenario).program, *asked)


def master_blocks() -> set[str]:
    world = whole_units()
    return blocks(Master.of(build(world.theatre, world.scenario), Paths.of([])).program())


def test_the_docstring_of_the_arc_flow_program_tags_its_row_blocks() -> None:
    assert tags(arcflow.__doc__ or "") == arc_flow_blocks()


def test_the_docstring_of_the_master_tags_its_row_blocks() -> None:
    assert tags(master.__doc__ or "") == master_blocks()


def test_the_docs_page_writes_out_every_row_block_and_no_other() -> None:
    assert tags(PAGE.read_text(encoding="utf-8")) == arc_flow_blocks() | master_blocks()


@pytest.mark.parametrize("module", [arcflow, master])
def test_the_docs_page_says_where_each_program_is_made(module: object) -> None:
    name = getattr(module, "__name__", "").replace(".", "/") + ".py"
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
