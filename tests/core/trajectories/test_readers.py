"""Reading trajectory files of every known format."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk

FILES = {
    "tau1_airline_gpt-4o": (200, 0.42),
    "tau2_airline_qwen2.5-7b": (50, 0.18),
    "tau2_retail_gpt-4.1": (40, 0.85),
    "tau2_telecom_gpt-4.1": (40, 0.45),
}


@pytest.fixture(scope="module", params=FILES)
def real(request: pytest.FixtureRequest, shared: Path) -> tuple[str, list[Trajectory]]:
    """One of the real files."""
    return request.param, read_trajectories(shared / "data" / "trajectories" / f"{request.param}.json.gz")


def test_counts_and_pass_rates_are_the_published_ones(real: tuple[str, list[Trajectory]]) -> None:
    name, trajectories = real
    count, rate = FILES[name]
    assert len(trajectories) == count
    assert sum(t.success for t in trajectories) / count == pytest.approx(rate)


def test_real_files_become_records(real: tuple[str, list[Trajectory]]) -> None:
    for trajectory in real[1]:
        assert Trajectory.from_json(json.loads(json.dumps(trajectory.to_json()))) == trajectory
        assert {m["role"] for m in trajectory.messages} <= {"system", "user", "assistant", "tool"}
        assert trajectory.gold is not None


def test_calls_are_answered_in_real_files(real: tuple[str, list[Trajectory]]) -> None:
    called = {c["id"] for t in real[1] for m in t.messages for c in m.get("tool_calls", ())}
    answered = {m["tool_call_id"] for t in real[1] for m in t.messages if m["role"] == "tool"}
    assert len(called) > 100
    assert answered <= called
    assert len(called - answered) <= 0.02 * len(called)  # the last call of a conversation that was cut off


def test_real_arguments_are_objects(real: tuple[str, list[Trajectory]]) -> None:
    calls = [c for t in real[1] for m in t.messages for c in m.get("tool_calls", ())]
    assert all(isinstance(c["function"]["arguments"], dict) for c in calls)


def test_a_users_own_calls_keep_their_requestor(shared: Path) -> None:
    found = read_trajectories(shared / "data" / "trajectories" / "tau2_telecom_gpt-4.1.json.gz")
    tools = [m for t in found for m in t.messages if m["role"] == "tool"]
    assert 0 < sum(m.get("requestor") == "user" for m in tools) < len(tools)


RECORDS = [Talk("Hi").say("Done.").trajectory(task_id=str(n), success=n % 2 == 0) for n in range(3)]
LINES = [json.dumps(t.to_json()) for t in RECORDS]


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_our_own_lines_are_read(tmp_path: Path) -> None:
    assert read_trajectories(written(tmp_path, *LINES)) == RECORDS


def test_our_own_lines_may_be_gzip_and_blank(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(("\n" + "\n\n".join(LINES)).encode()))
    assert read_trajectories(str(path)) == RECORDS


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINES[1][:-5], "line 2, column"),
        ("nonsense", "line 2, column 1"),
        ("[1]", "line 2: a list, expected an object"),
        ("{}", "line 2: schema is None"),
        (LINES[1].replace('"version": 1', '"version": 9'), "line 2: version is 9"),
        (json.dumps({**RECORDS[1].to_json(), "gold": [{}]}), "line 2"),
        (json.dumps({**RECORDS[1].to_json(), "trial": "x"}), "line 2"),
        (json.dumps({**RECORDS[1].to_json(), "messages": [{}]}), "line 2"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        read_trajectories(written(tmp_path, LINES[0], line, LINES[2]))
    assert "t.jsonl" in str(caught.value)
    assert "\n" not in str(caught.value)


TAU2 = {
    "info": {"environment_info": {"domain_name": "shop", "policy": "Be kind."}, "agent_info": {"llm": "m"}},
    "tasks": [
        {
            "id": 1,
            "evaluation_criteria": {
                "actions": [
                    {"name": "look", "arguments": {"a": 1}},
                    {"name": "tap", "arguments": {}, "requestor": "user"},
                ],
                "communicate_info": ["42"],
            },
        }
    ],
    "simulations": [
        {
            "task_id": 1,
            "trial": 3,
            "reward_info": {"reward": 1.0},
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "name": "look", "arguments": {}}]},
                {"role": "tool", "id": "c", "content": "Error", "error": True},
            ],
        }
    ],
}
TAU1 = [
    {
        "task_id": 5,
        "reward": 0.0,
        "trial": 1,
        "info": {"task": {"actions": [{"name": "look", "kwargs": {"a": 1}}], "outputs": ["42"]}},
        "traj": [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c", "function": {"name": "look", "arguments": '{"a": 2}'}}],
            },
            {"role": "tool", "tool_call_id": "c", "name": "look", "content": "Error: no"},
        ],
    }
]


def stored(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "tau1_shop.json"
    path.write_text(json.dumps(value))
    return path


def test_tau2_results_are_read(tmp_path: Path) -> None:
    (found,) = read_trajectories(stored(tmp_path, TAU2))
    assert (found.env_id, found.task_id, found.trial, found.success, found.policy) == ("tau2/shop", "1", 3, True, "m")
    assert [call.to_json() for call in found.gold or []] == [{"name": "look", "arguments": {"a": 1}}]
    assert [fact.value for fact in found.facts] == ["42"]
    assert found.messages[0] == {"role": "system", "content": "Be kind."}
    assert found.messages[-1]["error"] is True


def test_tau1_results_are_read(tmp_path: Path) -> None:
    (found,) = read_trajectories(stored(tmp_path, TAU1))
    assert (found.env_id, found.task_id, found.trial, found.success) == ("tau1/shop", "5", 1, False)
    assert [call.to_json() for call in found.gold or []] == [{"name": "look", "arguments": {"a": 1}}]
    assert found.messages[1]["tool_calls"][0]["function"] == {"name": "look", "arguments": {"a": 2}}
    assert found.messages[2]["error"] is True


@pytest.mark.parametrize(
    "value",
    [
        {**TAU2, "simulations": [{}]},
        {**TAU2, "simulations": [3]},
        {**TAU2, "simulations": [{**TAU2["simulations"][0], "messages": [{}]}]},  # type: ignore[index]
        {**TAU2, "tasks": None},
        {**TAU2, "tasks": [{}]},
        {**TAU2, "tasks": [3]},
        {**TAU2, "info": {"environment_info": 3}},
        {**TAU2, "simulations": []},
        [{"traj": []}],
        [*TAU1, {}],
        [*TAU1, 3],
        [{**TAU1[0], "reward": None}],
        [{**TAU1[0], "info": None}],
        [{**TAU1[0], "traj": [{"role": "assistant", "tool_calls": [{"function": {"name": "a", "arguments": "{"}}]}]}],
        [],
        {},
        3,
        {"some": "json"},
        [{"no": "traj"}],
    ],
)
def test_what_is_no_results_file_is_one_sentence(tmp_path: Path, value: Any) -> None:
    with pytest.raises(UserError) as caught:
        read_trajectories(stored(tmp_path, value))
    assert "tau1_shop.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "  \n\n", "\ufeff"])
def test_an_empty_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"t\.json: "):
        read_trajectories(tmp_path / "t.json")


def test_truncated_json_names_the_place(tmp_path: Path) -> None:
    path = stored(tmp_path, TAU2)
    path.write_text(path.read_text()[:-40])
    with pytest.raises(UserError, match=r"line 1, column \d+: .*perhaps cut off"):
        read_trajectories(path)


def test_a_truncated_download_is_one_sentence(tmp_path: Path, shared: Path) -> None:
    data = (shared / "data" / "trajectories" / "tau2_retail_gpt-4.1.json.gz").read_bytes()
    (tmp_path / "t.json.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="truncated or damaged"):
        read_trajectories(tmp_path / "t.json.gz")


@pytest.mark.parametrize("start", ["[", '{"schema": "trace-gym/trajectory", "a": ['])
def test_endless_nesting_is_one_sentence(tmp_path: Path, start: str) -> None:
    (tmp_path / "t.json").write_text(start * 100_000 if start == "[" else start + "[" * 100_000)
    with pytest.raises(UserError, match=r"t\.json"):
        read_trajectories(tmp_path / "t.json")
