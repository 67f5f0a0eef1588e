"""Program: families of rows and columns; a change makes a new value."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.lp_text import to_lp
from optimizer.program import Assembly, Program, ProgramError


def two_rows() -> Program:
    """minimise nothing with a ≤ 3, b whole; r1: a + 2 b ≤ 4 for two members, r2: a = 1."""
    assembly = Assembly()
    a = assembly.add_columns("a", np.array([3.0]), {})
    b = assembly.add_columns("b", np.array([np.inf]), {}, np.array([True]))
    r1 = assembly.add_rows("first", np.full(2, -np.inf), np.array([4.0, 5.0]), {"key": np.array(["x", "y"], object)})
    r2 = assembly.add_rows("second", np.array([1.0]), np.array([1.0]), {})
    assembly.add_entries(r1, np.repeat(a, 2), np.ones(2))
    assembly.add_entries(r1, np.repeat(b, 2), np.array([2.0, 2.0]))
    assembly.add_entries(r2, a, np.array([1.0]))
    return assembly.program()


def test_blocks_know_their_place() -> None:
    program = two_rows()
    assert program.row_block("second").span == slice(2, 3)
    assert program.column_block("b").span == slice(1, 2)
    with pytest.raises(KeyError, match="no block 'third'; known: first, second"):
        program.row_block("third")


def test_entries_at_the_same_place_add_up() -> None:
    assembly = Assembly()
    column = assembly.add_columns("a", np.array([1.0]), {})
    row = assembly.add_rows("r", np.array([0.0]), np.array([1.0]), {})
    assembly.add_entries(np.repeat(row, 2), np.repeat(column, 2), np.array([1.0, 2.5]))
    assert assembly.program().matrix.toarray().tolist() == [[3.5]]


def test_a_block_is_taken_out_and_the_others_move_up() -> None:
    program = two_rows()
    less = program.without(["first"])
    assert [block.name for block in less.rows] == ["second"]
    assert less.row_block("second").span == slice(0, 1)
    assert less.row_upper.tolist() == [1.0]
    assert less.matrix.toarray().tolist() == [[1.0, 0.0]]
    assert program.matrix.shape == (3, 2)  # the first program stays as it was


def test_no_unknown_block_is_taken_out() -> None:
    with pytest.raises(KeyError, match="no block 'third'"):
        two_rows().without(["third"])


def test_a_program_may_have_no_rows_until_one_is_put_below() -> None:
    assembly = Assembly()
    assembly.add_columns("x", np.array([1.0, 2.0]), {})
    bare = assembly.program()
    assert bare.matrix.shape == (0, 2) and len(bare.row_lower) == len(bare.row_upper) == 0
    assert bare.with_row("limit", np.ones(2), 1.5).matrix.shape == (1, 2)


def test_a_row_is_put_below_as_a_family_of_its_own() -> None:
    more = two_rows().with_row("carry goal", np.array([0.5, 0.0]), 7.0)
    assert more.row_block("carry goal").span == slice(3, 4)
    assert (more.row_lower[3], more.row_upper[3]) == (-np.inf, 7.0)
    assert more.matrix.toarray()[3].tolist() == [0.5, 0.0]


def test_a_goal_may_close_columns() -> None:
    program = two_rows().with_goal(np.array([1.0, 2.0]), np.array([True, False]))
    assert program.cost.tolist() == [1.0, 2.0]
    assert program.upper.tolist() == [0.0, np.inf]


def test_a_relaxed_program_has_no_whole_columns() -> None:
    program = two_rows()
    assert program.whole.tolist() == [False, True]
    assert not program.relaxed().whole.any()


def test_ranges_name_the_smallest_and_largest_size() -> None:
    program = two_rows().with_goal(np.array([0.0, -5e6]))
    assert program.ranges() == "matrix 1.0e+00…2.0e+00, cost 5.0e+06…5.0e+06, sides 1.0e+00…5.0e+00"
    assert two_rows().ranges().split(", ")[1] == "cost none"


def test_coefficients_beyond_a_billion_are_refused_with_the_ranges() -> None:
    assembly = Assembly()
    column = assembly.add_columns("a", np.array([1.0]), {})
    row = assembly.add_rows("r", np.array([0.0]), np.array([1.0]), {})
    assembly.add_entries(row, column, np.array([2e9]))
    with pytest.raises(ProgramError, match=r"^coefficients reach beyond 1e\+09: matrix 2.0e\+09"):
        assembly.program()


@pytest.mark.parametrize("array", ["cost", "lower", "upper", "row_lower", "row_upper"])
def test_nan_anywhere_is_refused(array: str) -> None:
    from dataclasses import replace

    program = two_rows()
    broken = getattr(program, array).copy()
    broken[0] = np.nan
    with pytest.raises(ProgramError, match=f"^the program holds NaN in '{array}'$"):
        replace(program, **{array: broken}).checked()


def test_infinite_or_nan_coefficients_are_refused() -> None:
    for value in (np.nan, np.inf):
        program = two_rows()
        program.matrix.data[0] = value
        with pytest.raises(ProgramError, match="coefficients reach beyond"):
            program.checked()


def test_a_program_prints_itself_in_lp_format() -> None:
    program = two_rows().with_goal(np.array([1.0, -0.5]))
    assert to_lp(program).splitlines() == [
        "Minimize",
        " goal: + a - 0.5 b",
        "Subject To",
        " first(x): + a + 2 b <= 4",
        " first(y): + a + 2 b <= 5",
        " second: + a = 1",
        "Bounds",
        " a <= 3",
        "General",
        " b",
        "End",
    ]
