"""Paths into JSON values."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from trace_gym.synthetic.paths import at_path, put_at_path

ORDER: dict[str, Any] = {"items": [{"id": "I1"}, {"id": "I2"}], "note": "gift"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ([], ORDER),
        (["note"], "gift"),
        (["items", 1, "id"], "I2"),
        (["items", -1, "id"], "I2"),
        (["items", 2], None),
        (["missing", "id"], None),
        (["items", "id"], None),
        (["note", "id"], None),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(path: list[Any], value: Any) -> None:
    assert at_path(ORDER, path) == value


@pytest.mark.parametrize("path", [["note"], ["items", 0, "id"], ["items", 1], ["new"]])
def test_what_is_put_is_found_again(path: list[Any]) -> None:
    order = copy.deepcopy(ORDER)
    put_at_path(order, path, 7)
    assert at_path(order, path) == 7


@pytest.mark.parametrize("path", [["missing", "id"], ["note", 0], ["items", 5, "id"]])
def test_a_path_through_nothing_changes_nothing(path: list[Any]) -> None:
    order = copy.deepcopy(ORDER)
    put_at_path(order, path, 7)
    assert order == ORDER
