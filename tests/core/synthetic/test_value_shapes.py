"""Inferring how values look, and drawing new ones."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_gym.env.seeding import SPLITS, numbers_of_split
from trace_gym.synthetic.value_shapes import draw, draw_id, infer

ORDERS = [f"#W{number}" for number in range(1000, 1100, 7)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=5),
    max_leaves=12,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        (["x", "x"], {"kind": "constant", "value": "x"}),
        (["a", "b"], {"kind": "choice", "values": ["a", "b"]}),
        ([True, 1], {"kind": "choice", "values": [True, 1]}),
        (list(range(3, 13)), {"kind": "integer", "low": 3, "high": 12}),
        ([n + 0.5 for n in range(8)], {"kind": "number", "low": 0.5, "high": 7.5}),
        ([[], []], {"kind": "list", "items": {"kind": "constant", "value": None}, "low": 0, "high": 0}),
        ([["a"], ["a", "a"]], {"kind": "list", "items": {"kind": "constant", "value": "a"}, "low": 1, "high": 2}),
        (ORDERS, {"kind": "id", "segments": [{"text": "#"}, {"text": "W"}, {"digits": 4}]}),
        ([{"a": 1}, {"a": 1}], {"kind": "object", "fields": {"a": {"kind": "constant", "value": 1}}}),
        (["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"], None),
    ],
)
def test_values_reveal_their_shape(values: list[Any], shape: dict[str, Any] | None) -> None:
    assert infer(values) == (shape or {"kind": "choice", "values": values})


def test_rare_fields_are_left_out() -> None:
    shape = infer([{"a": 1}, {"a": 1}, {"a": 1, "b": 2}])
    assert list(shape["fields"]) == ["a"]


def test_an_object_with_identifier_keys_is_a_table() -> None:
    shape = infer([{f"I{n}": {"stock": n % 2} for n in range(100, 106)}])
    assert (shape["kind"], shape["low"], shape["high"]) == ("table", 6, 6)
    drawn = draw(shape, rng(), "train", {})
    assert drawn
    assert all(key.startswith("I") and list(row) == ["stock"] for key, row in drawn.items())


def test_words_in_identifiers_are_kept() -> None:
    values = [f"{name}_{number}" for name in ("mia", "leo") for number in (1234, 2345, 3456)]
    shape = infer(values)
    assert {draw_id(shape, np.random.default_rng(seed), "train").split("_")[0] for seed in range(20)} == {"mia", "leo"}


def test_irregular_identifiers_are_drawn_from_their_characters() -> None:
    values = ["4WQ150", "VAAOXJ", "PGAGLM", "3RK2T9", "Z7GOZK", "1N99U6", "K67C4W", "UHDAHF"]
    drawn = draw_id(infer([*values, "8C8K4E", "9DNX2P"]), rng(), "train")
    assert len(drawn) == 6
    assert set(drawn) <= set("".join(values) + "8C4E9DNX2P")


@pytest.mark.parametrize("digits", [2, 4, 6])
def test_identifiers_of_splits_are_disjoint(digits: int) -> None:
    values = [f"W{10 ** (digits - 1) + number}" for number in range(0, 80, 7)]
    shape = {"kind": "id", "segments": [{"text": "W"}, {"digits": digits}]}
    assert infer(values)["segments"][0] == {"text": "W"}
    drawn = {split: {draw_id(shape, np.random.default_rng(n), split) for n in range(60)} for split in SPLITS}
    assert len(set.union(*drawn.values())) == sum(map(len, drawn.values()))


def test_four_digits_come_from_the_splits_numbers() -> None:
    drawn = draw_id(infer(ORDERS), rng(), "mine")
    assert int(drawn.removeprefix("#W")) in numbers_of_split(4, "mine")


def test_arguments_and_templates_take_what_is_bound() -> None:
    bound = {"order_id": "W1", "n": 2}
    assert draw({"kind": "argument", "name": "order_id"}, rng(), "train", bound) == "W1"
    assert draw({"kind": "template", "text": "{order_id}: {n} {x}"}, rng(), "train", bound) == "W1: 2 {x}"


def test_an_unknown_shape_is_named() -> None:
    with pytest.raises(ValueError, match="Unknown shape kind 'blob'"):
        draw({"kind": "blob"}, rng(), "train", {})


@given(st.lists(json_values, min_size=1, max_size=12))
@settings(max_examples=80)
def test_what_is_inferred_can_be_drawn_and_stored(values: list[Any]) -> None:
    shape = json.loads(json.dumps(infer(values)))
    first = draw(shape, rng(), "train", {})
    assert json.dumps(first) == json.dumps(draw(shape, rng(), "train", {}))
