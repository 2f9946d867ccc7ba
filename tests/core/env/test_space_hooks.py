"""Our spaces under Gymnasium's hooks: masks, flattening, batching, shared memory."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.spaces.utils import flatdim, flatten, flatten_space, is_space_dtype_shape_equiv, unflatten
from gymnasium.vector.utils import (
    batch_differing_spaces,
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    iterate,
    read_from_shared_memory,
    write_to_shared_memory,
)
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.parsing import parse_turn
from trace_gym.env.spaces import AssistantTurn, ToolCallSpace, Utf8Text

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "",
            "parameters": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "n": {"type": "integer", "minimum": 1, "maximum": 3}},
                "required": ["id", "n"],
                "additionalProperties": False,
            },
        },
    }
    for name in ("look", "set", "drop")
]
ALL = [Utf8Text(50), AssistantTurn(TOOLS, 500), ToolCallSpace(TOOLS, 500)]
TEXT = Utf8Text(40)


def call(name: str = "look", **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": {"id": "W1", "n": 2, **arguments}}


# --- tool calls ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", [call(), call("set", id="café 中 🙂"), call(n=3)])
def test_valid_calls_are_members(member: Any) -> None:
    assert member in ToolCallSpace(TOOLS)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "look",
        {},
        {"name": "look"},
        call("fly"),
        call(n=4),
        call(n="2"),
        call(n=True),
        call(extra=1),
        call(id="\ud800"),
        call(id="x" * 70_000),
        call(n=float("nan")),
        call(id=b"W1"),
        {**call(), "more": 1},
        {"name": ["look"], "arguments": {}},
        {"name": "look", "arguments": "{}"},
    ],
)
def test_anything_else_is_no_call(value: Any) -> None:
    assert value not in ToolCallSpace(TOOLS)


def test_sampled_calls_are_members_of_every_tool() -> None:
    space = ToolCallSpace(TOOLS, seed=1)
    found = [space.sample() for _ in range(60)]
    assert all(one in space for one in found)
    assert {one["name"] for one in found} == {"look", "set", "drop"}


def test_a_call_space_needs_a_tool() -> None:
    with pytest.raises(ValueError, match="at least one tool"):
        ToolCallSpace([])


# --- masks -----------------------------------------------------------------------------------------------------------


def test_masks_and_probabilities_choose_the_tool() -> None:
    space, turns = ToolCallSpace(TOOLS, seed=0), AssistantTurn(TOOLS, seed=0)
    assert {space.sample(mask=np.array([0, 1, 0], np.int8))["name"] for _ in range(9)} == {"set"}
    assert {space.sample(probability=np.array([0, 0, 1.0]))["name"] for _ in range(9)} == {"drop"}
    assert not any(parse_turn(turns.sample(mask=np.array([0, 0, 0, 1]))).calls for _ in range(9))
    assert all('"look"' in turns.sample(probability=[1, 0, 0, 0]) for _ in range(9))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mask": [1, 1]}, "mask must be 3 numbers"),
        ({"mask": [1, 2, 0]}, "each 0 or 1"),
        ({"mask": [0, 0, 0]}, "allows nothing"),
        ({"probability": [1, 1, 1]}, "add up to 1"),
        ({"probability": [2, -1, 0]}, "add up to 1"),
        ({"mask": [1, 1, 1], "probability": [1, 0, 0]}, "Only one"),
    ],
)
def test_malformed_masks_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ToolCallSpace(TOOLS).sample(**arguments)


def test_text_masks_fix_length_and_alphabet() -> None:
    assert TEXT.sample(mask=(5, "ab")).strip("ab") == ""
    assert len(TEXT.sample(mask=(7, None))) == 7
    assert set(TEXT.sample(mask=(None, "z"))) <= {"z"}


@pytest.mark.parametrize("mask", ["ab", (1,), (41, None), (-1, None), (None, ""), (None, 3)])
def test_malformed_text_masks_are_refused(mask: Any) -> None:
    with pytest.raises(ValueError, match="mask"):
        TEXT.sample(mask=mask)


def test_text_has_no_probability() -> None:
    with pytest.raises(ValueError, match="give a mask"):
        TEXT.sample(probability=[1.0])


# --- flattening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ALL, ids=repr)
def test_members_survive_flattening(space: Any) -> None:
    space.seed(3)
    flat_space = flatten_space(space)
    assert flat_space.shape == (flatdim(space),)
    for _ in range(20):
        member = space.sample()
        flat = flatten(space, member)
        assert flat in flat_space
        assert unflatten(space, flat) == member


@given(st.text(max_size=40))
def test_every_text_survives_flattening(text: str) -> None:
    assert unflatten(TEXT, flatten(TEXT, text)) == text


def test_members_survive_flattening_inside_other_spaces() -> None:
    space = spaces.Dict({"text": Utf8Text(9), "n": spaces.Discrete(4)})
    member = {"text": "né 中", "n": np.int64(2)}
    flat = flatten(space, member)
    assert flat in flatten_space(space)
    assert unflatten(space, flat) == member


def test_flattening_refuses_what_is_too_long() -> None:
    with pytest.raises(ValueError, match="at most 160 bytes, actually: 161"):
        flatten(TEXT, "x" * 161)


# --- equality, JSON, copies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ALL, ids=repr)
def test_copies_and_pickles_are_equal_and_draw_alike(space: Any) -> None:
    space.seed(4)
    copies = [copy.deepcopy(space), pickle.loads(pickle.dumps(space))]
    drawn = [space.sample() for _ in range(3)]
    for other in copies:
        assert other == space
        assert [other.sample() for _ in range(3)] == drawn


@pytest.mark.parametrize("space", ALL, ids=repr)
def test_members_survive_json(space: Any) -> None:
    space.seed(5)
    members = [space.sample() for _ in range(5)]
    assert space.from_jsonable(json.loads(json.dumps(space.to_jsonable(members)))) == members


def test_spaces_differ_by_what_defines_them() -> None:
    assert ToolCallSpace(TOOLS) == ToolCallSpace(TOOLS, seed=8)
    assert ToolCallSpace(TOOLS) != ToolCallSpace(TOOLS[:2])
    assert ToolCallSpace(TOOLS) != AssistantTurn(TOOLS)


# --- batches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ALL, ids=repr)
def test_batches_hold_tuples(space: Any) -> None:
    space.seed(6)
    batched = batch_space(space, 3)
    sample = batched.sample()
    assert sample in batched
    assert len({json.dumps(member) for member in sample}) == 3
    assert concatenate(space, list(iterate(batched, sample)), create_empty_array(space, 3)) == sample


def test_differing_spaces_batch() -> None:
    batched = batch_differing_spaces([Utf8Text(3), Utf8Text(9)])
    assert ("abc", "abcdefghi") in batched
    assert is_space_dtype_shape_equiv(Utf8Text(3), Utf8Text(3))
    assert not is_space_dtype_shape_equiv(Utf8Text(3), Utf8Text(9))


# --- shared memory ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ALL, ids=repr)
def test_shared_memory_shows_what_was_written_last(space: Any) -> None:
    space.seed(7)
    memory = create_shared_memory(space, n=3)
    view = read_from_shared_memory(space, memory, n=3)
    assert view == create_empty_array(space, n=3)
    for _ in range(10):
        members = tuple(space.sample() for _ in range(3))
        for i, member in enumerate(members):
            write_to_shared_memory(space, i, member, memory)
        assert view == members
        assert view[1:] == members[1:]
        kept = copy.deepcopy(view)
        assert kept == members
    write_to_shared_memory(space, 0, space.sample(), memory)
    assert kept == members


def test_shared_memory_refuses_what_is_too_long() -> None:
    memory = create_shared_memory(TEXT, n=1)
    with pytest.raises(ValueError, match="at most 160 bytes"):
        write_to_shared_memory(TEXT, 0, "x" * 161, memory)
