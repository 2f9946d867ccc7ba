from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.targets.tau2.calculator import calculate
from trace_gym.targets.tau2.copy_on_write import REMOVED, CopyOnWriteTable, SharedTable, canonical


class Record:
    """Stands for a pydantic record."""

    def __init__(self, value: list[int]) -> None:
        self.value = value

    def model_dump(self, **_: object) -> dict[str, list[int]]:
        return {"value": self.value}


def test_what_is_touched_is_a_copy_and_only_changes_count():
    base = {"a": Record([1]), "b": Record([2]), "c": Record([3])}
    table = CopyOnWriteTable(SharedTable(base))
    table["a"].value.append(9)
    assert table["b"].value == [2]
    del table["c"]
    table["d"] = Record([4])
    assert base["a"].value == [1]
    assert list(table) == ["a", "b", "d"]
    assert len(table) == 3
    assert "c" not in table
    assert [record.value for record in table.values()] == [[1, 9], [2], [4]]
    assert dict(table.items())["a"].value == [1, 9]
    assert table.changes() == {
        "a": canonical(Record([1, 9])),
        "c": REMOVED,
        "d": canonical(Record([4])),
    }
    with pytest.raises(KeyError):
        table["c"]
    with pytest.raises(KeyError):
        del table["c"]


@given(st.text(alphabet="0123456789+-*/(). ", max_size=12))
def test_the_calculator_equals_eval_where_that_ends(expression: str):
    if expression.count("**") > 0:
        return
    try:
        wanted: object = str(round(float(eval(expression, {"__builtins__": None}, {})), 2))
    except Exception as error:
        wanted = type(error)
    try:
        found: object = calculate(expression)
    except Exception as error:
        found = type(error)
    assert found == wanted


def test_the_calculator_does_not_hang():
    with pytest.raises(ValueError, match="Power too high"):
        calculate("9**9**9**9")
    with pytest.raises(ValueError, match="more than 200 operations inside of one another"):
        calculate("-" * 300 + "1")
    assert calculate("-" * 200 + "1") == "1.0"
    with pytest.raises(ValueError, match="longer than 1000"):
        calculate("1+" * 600 + "1")
