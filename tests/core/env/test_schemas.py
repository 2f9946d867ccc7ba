"""JSON Schemas from typed functions, validation in one sentence, sampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Optional

import jsonschema
import pytest

from trace_gym.env.schemas.signatures import schema_from_function
from trace_gym.env.schemas.violations import first_violation

SKIP = frozenset({"self", "state"})


def order(
    state: dict[str, Any],
    order_id: str,
    count: int,
    price: float,
    gift: bool,
    speed: Literal["slow", "fast"],
    items: list[str],
    extra: dict[str, int],
    note: str | None = None,
    size: Optional[int] = None,  # noqa: UP045  the older spelling must work too
    rows: list[list[int]] = [],  # noqa: B006
) -> str:
    """Place an order
    for a user.

    More that the model does not read.

    Args:
        order_id: like W12
        speed: how fast,
            slow or fast
        items: what to order

    Returns:
        Something.
    """
    return ""


def parameters_of(function: Callable[..., Any]) -> dict[str, Any]:
    return schema_from_function(function, SKIP)[1]


def test_description_is_the_first_paragraph() -> None:
    assert schema_from_function(order, SKIP)[0] == "Place an order for a user."


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("order_id", {"type": "string", "description": "like W12"}),
        ("count", {"type": "integer"}),
        ("price", {"type": "number"}),
        ("gift", {"type": "boolean"}),
        ("speed", {"type": "string", "enum": ["slow", "fast"], "description": "how fast, slow or fast"}),
        ("items", {"type": "array", "items": {"type": "string"}, "description": "what to order"}),
        ("extra", {"type": "object"}),
        ("note", {"type": "string"}),
        ("size", {"type": "integer"}),
        ("rows", {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
    ],
)
def test_annotations_become_types(name: str, schema: dict[str, Any]) -> None:
    assert parameters_of(order)["properties"][name] == schema


def test_parameters_without_a_default_are_required() -> None:
    parameters = parameters_of(order)
    assert parameters["required"] == ["order_id", "count", "price", "gift", "speed", "items", "extra"]
    assert "state" not in parameters["properties"]


def test_the_derived_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(parameters_of(order))


def test_a_missing_docstring_is_refused() -> None:
    def bare(a: str) -> str:
        return a

    with pytest.raises(TypeError, match="'bare' has no docstring"):
        parameters_of(bare)


def test_a_missing_annotation_is_refused() -> None:
    def bare(a):  # type: ignore[no-untyped-def]
        """Do."""

    with pytest.raises(TypeError, match="Parameter 'a' of tool 'bare' has no type annotation"):
        parameters_of(bare)


@pytest.mark.parametrize("hint", [bytes, list, int | str, tuple[int, int], Any, set[int]])
def test_an_annotation_without_a_schema_is_refused(hint: Any) -> None:
    def bare(a):  # type: ignore[no-untyped-def]
        """Do."""

    bare.__annotations__["a"] = hint
    with pytest.raises(TypeError, match=r"bare\.a is annotated"):
        parameters_of(bare)


def test_a_literal_of_numbers_can_be_satisfied() -> None:
    def pick(level: Literal[1, 2]) -> str:
        """Pick."""
        return str(level)

    assert violation(parameters_of(pick), {"level": 2}) is None


def violation(schema: dict[str, Any], arguments: dict[str, Any]) -> str | None:
    return first_violation(jsonschema.Draft202012Validator(schema), arguments)


def test_what_satisfies_the_schema_has_no_violation() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert violation(schema, {"a": 1}) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "'a' is a required property"),
        ({"a": "x"}, "argument a: 'x' is not of type 'integer'"),
        ({"a": True}, "argument a: True is not of type 'integer'"),
        ({"a": 1, "b": {"c": [1, "x"]}}, "argument b.c.1: 'x' is not of type 'integer'"),
        ({"a": 1, "z": 1}, "Additional properties are not allowed ('z' was unexpected)"),
    ],
)
def test_a_violation_names_the_place(arguments: dict[str, Any], sentence: str) -> None:
    inner = {"type": "object", "properties": {"c": {"type": "array", "items": {"type": "integer"}}}}
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": inner},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert violation(schema, arguments) == sentence


def test_a_violation_stays_one_short_line() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    found = violation(schema, {"a": "line\n" * 10_000})
    assert found is not None
    assert len(found) < 200
    assert "\n" not in found
