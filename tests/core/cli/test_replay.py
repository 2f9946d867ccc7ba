"""`trace-gym replay` on files that were edited, are foreign, or hold nothing to replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from trace_gym.cli.main import main
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.recording import record
from trace_gym.rollouts.scripted import OraclePolicy
from trace_gym.trajectories.record import Trajectory

from ..helpers import DESK, desk
from ..trajectories.samples.files import wrote, wrote_lines
from .said import refusal

SPEC = record(gym.make(DESK), [], seed=0).spec


@pytest.fixture
def solved() -> dict[str, Any]:
    """The record of one solved task."""
    (trajectory,) = play_batch([desk()], OraclePolicy(), [Job(3)], seed=0, env_id=DESK)
    return json.loads(json.dumps(trajectory.to_json()))


def recorded(**changes: Any) -> dict[str, Any]:
    return {**record(gym.make(DESK), ["Done."], seed=1).to_json(), **changes}


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "no ending", "ünï ✈.jsonl"])
def test_the_name_of_a_file_does_not_matter(
    name: str, solved: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote_lines(tmp_path / name, solved)
    assert main(["replay", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 1 episodes, 1 the same, 0 different\n"


def test_an_episode_that_broke_off_is_left_out_of_the_count(
    solved: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {**solved, "trial": 1, "error": "the endpoint is gone", "messages": []}
    path = wrote_lines(tmp_path / "t.jsonl", solved, broken)
    assert main(["replay", str(path)]) == 0
    assert capsys.readouterr().out.endswith(": 1 episodes, 1 the same, 0 different\n")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settings": {"difficulty": "hard"}}, "settings.difficulty is 'hard', expected a whole number"),
        ({"settings": {"difficulty": 9}}, "difficulty must be 1 to 3, got 9"),
        ({"settings": {"difficulty": 1, "env": 3}}, "settings.env is 3, expected arguments by name"),
        ({"settings": {"env": {"colour": "red"}}}, "unexpected keyword argument 'colour'"),
        ({"task_id": "mine/²"}, "The task 'mine/²' is not 'split/number'"),
        ({"task_id": "mine/-1"}, "The task 'mine/-1' is not 'split/number'"),
        ({"task_id": "moon/1", "split": "moon"}, "Unknown split 'moon'"),
        ({"env_id": "CartPole-v1", "settings": {}}, "CartPole"),
        ({"env_id": "trace/ServiceDesk-v1"}, "did you mean 'trace/ServiceDesk-v0'"),
    ],
)
@pytest.mark.parametrize("command", ["replay", "regrade"])
def test_a_record_that_was_edited_is_named(
    command: str,
    changes: dict[str, Any],
    sentence: str,
    solved: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", {**solved, **changes})
    if command == "replay":
        said = refusal(capsys, "replay", path)
        assert said.startswith(f"{path}: ")
    else:
        # the others of the file are graded all the same
        assert main(["regrade", str(path)]) == 1
        said = capsys.readouterr().out
        assert "1 not graded: " in said
    assert sentence in said


@pytest.mark.parametrize(
    "spec",
    [
        "{}",
        "no JSON",
        "[]",
        SPEC.replace("ServiceDesk-v0", "Nothing-v0").replace("trace_gym.targets", "trace_gym.nothing"),
        SPEC.replace('"split"', '"splat"').replace('"kwargs": {', '"kwargs": {"colour": 1'),
    ],
    ids=["empty", "text", "list", "unknown", "arguments"],
)
def test_a_recording_of_which_nothing_can_be_made_is_one_sentence(
    spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote(tmp_path / "r.json", recorded(spec=spec))
    assert "record anew" in refusal(capsys, "replay", path)


@pytest.mark.parametrize(("version", "shown"), [(2, "2"), ("1", "'1'"), (None, "None")])
def test_a_recording_of_another_version_is_refused(
    version: object, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote(tmp_path / "r.json", recorded(version=version))
    assert refusal(capsys, "replay", path) == f"{path}: version {shown}, this program reads version 1."


def test_a_recording_that_differs_says_where_and_exits_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = recorded()
    changed["outcomes"][0]["observation"] = "Grüß Gott."
    path = wrote(tmp_path / "r.json", changed)
    assert main(["replay", str(path)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith('recording: reset: observation was "Grüß Gott.", is now "')
    assert last == f"{path}: 1 episodes, 0 the same, 1 different"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "trace-gym/other"}', "\x00"])
@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_what_holds_no_episode_is_refused_with_its_name(
    content: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert str(path) in refusal(capsys, "replay", path)


def test_a_trajectory_read_back_replays_as_the_one_that_was_played(solved: dict[str, Any]) -> None:
    again = Trajectory.from_json(solved)
    assert json.loads(json.dumps(again.to_json())) == solved
