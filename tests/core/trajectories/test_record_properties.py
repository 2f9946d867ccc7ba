"""What holds of every record: its way through a file, a replay's comparison of results, and distinct trials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import Fact, ToolCall, UserError
from trace_gym.trajectories.hf_dataset import rows
from trace_gym.trajectories.importing import Import
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import conversation, other_result
from trace_gym.trajectories.writer import to_line, write_trajectories

from ..helpers import Talk

# lone surrogates included: models do write them
TEXT = st.text(st.characters(codec=None), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
CALLS = st.builds(ToolCall, TEXT, st.dictionaries(TEXT, JSON, max_size=2))


@st.composite
def messages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A conversation whose calls are answered."""
    talk = Talk(draw(TEXT))
    for call in draw(st.lists(CALLS, max_size=3)):
        identifier = f"c{len(talk.messages)}"
        function = call.to_json()
        talk.messages += [
            {
                "role": "assistant",
                "content": draw(TEXT),
                "tool_calls": [{"id": identifier, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": identifier, "content": draw(TEXT), "error": draw(st.booleans())},
        ]
    talk.say(draw(TEXT))
    return talk.messages


TRAJECTORIES = st.builds(
    Trajectory,
    env_id=TEXT.filter(bool),
    task_id=TEXT,
    messages=messages(),
    reward=st.floats(-5, 5),
    success=st.booleans(),
    trial=st.integers(0, 9),
    seed=st.integers(0, 2**40),
    policy=TEXT,
    terms=st.dictionaries(TEXT, st.floats(0, 1), max_size=2),
    settings=st.dictionaries(TEXT, JSON, max_size=2),
    gold=st.none() | st.lists(CALLS, max_size=2),
    facts=st.lists(st.builds(Fact, TEXT, st.lists(TEXT, max_size=2).map(tuple), TEXT), max_size=2),
    termination=TEXT,
)


@given(TRAJECTORIES)
def test_every_record_is_one_line_of_utf8_and_reads_back_as_it_was(trajectory: Trajectory) -> None:
    line = to_line(trajectory)
    assert line.encode().decode() == line
    assert line.count("\n") == 1
    assert Trajectory.from_json(json.loads(line)) == trajectory


@given(st.lists(TRAJECTORIES, max_size=3))
def test_every_file_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, several: list[Trajectory]
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.jsonl"
    assert write_trajectories(path, several) == len(several)
    if several:
        assert read_trajectories(path) == several
    else:
        with pytest.raises(UserError):
            read_trajectories(path)


@given(TRAJECTORIES)
def test_every_row_of_a_dataset_holds_the_whole_record_and_only_what_a_column_can(
    tmp_path_factory: pytest.TempPathFactory, trajectory: Trajectory
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.jsonl"
    write_trajectories(path, [trajectory])
    (row,) = rows(str(path))
    row_text = json.dumps({key: value for key, value in row.items() if key != "record"}, ensure_ascii=False)
    row_text.encode()
    assert Trajectory.from_json(json.loads(row["record"])) == trajectory
    assert [message["role"] for message in row["messages"]] == [m["role"] for m in trajectory.messages]
    assert {tuple(message) for message in row["messages"]} == {("role", "content", "tool_calls", "tool_call_id")}


@given(TRAJECTORIES)
def test_the_calls_of_a_conversation_are_those_that_were_made_in_order(trajectory: Trajectory) -> None:
    texts, calls = conversation(trajectory)
    made = [call["function"] for message in trajectory.messages for call in message.get("tool_calls", [])]
    assert [(name, arguments) for name, arguments, _ in calls] == [(c["name"], c["arguments"]) for c in made]
    assert all(text.strip() for text in texts)
    assert trajectory.turns()[-1] == trajectory.messages[-1]["content"]


@given(TRAJECTORIES, st.data())
def test_a_replay_with_the_same_results_differs_nowhere_and_else_at_the_first(
    trajectory: Trajectory, data: st.DataObject
) -> None:
    results = [str(message["content"]) for message in trajectory.messages if message["role"] == "tool"]
    assert other_result(trajectory, results) == ""
    assert other_result(trajectory, []) == ""
    if results:
        place = data.draw(st.integers(0, len(results) - 1))
        changed = [result if n < place else result + "!" for n, result in enumerate(results)]
        assert other_result(trajectory, changed).startswith(f"call {place} answered ")


@pytest.mark.parametrize("seed", range(4))
def test_no_two_episodes_of_an_import_have_one_trial(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    paths = []
    for number in range(3):
        several = [
            Talk(f"Hi {rng.integers(3)}").trajectory(
                task_id=str(rng.integers(4)), trial=int(rng.integers(3)), env_id=f"a/{rng.integers(2)}"
            )
            for _ in range(20)
        ]
        paths.append(tmp_path / f"{number}.jsonl")
        write_trajectories(paths[-1], several)

    found = Import(tell=print)
    read = list(found.trajectories(find_inputs(paths)))
    keys = {(one.env_id, one.task_id, one.trial) for one in read}
    assert len(keys) == len(read) == found.read
    assert found.read + found.repeated == 60
    assert sum(sum(count.attempts.values()) for count in found.files) == found.read
    assert found.renumbered > 0
    # trials that were free are kept, so that no task has a gap it did not have before
    for env_id, task_id, trial in keys:
        assert trial < 3 or (env_id, task_id, trial - 1) in keys


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("reward", "1", "reward: '1' is not of type 'number'"),
        ("reward", float("nan"), "reward: nan is not a finite number"),
        ("trial", 1.5, "trial: 1.5 is not of type 'integer'"),
        ("messages", {}, "messages: {} is not of type 'array'"),
        ("messages", [{"role": "user"}], "messages.0: 'content' is a required property"),
        ("gold", [{"name": "a"}], "gold.0: 'arguments' is a required property"),
        ("facts", [{"value": 3}], "facts.0.value: 3 is not of type 'string'"),
        ("terms", {"a": "b"}, "terms.a: 'b' is not of type 'number'"),
        ("task_id", None, "task_id: None is not of type 'string'"),
        ("env_id", ["y" * 500], "env_id: ['yyyyy"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_by_its_place_in_a_short_sentence(
    field: str, value: Any, where: str
) -> None:
    with pytest.raises(UserError) as caught:
        Trajectory.from_json({**Talk("Hi").trajectory().to_json(), field: value})
    assert str(caught.value).startswith(where)
    assert len(str(caught.value)) <= 200
