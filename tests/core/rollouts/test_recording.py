"""Recordings and trajectories executed again."""

from __future__ import annotations

import json
from pathlib import Path

import gymnasium as gym
import pytest

from trace_gym.cli.main import main
from trace_gym.errors import UserError
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.recording import Recording, record, replay
from trace_gym.rollouts.scripted import RandomPolicy
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.wrappers import CandidateActions, HashedText

from ..helpers import DESK, desk, python

TURNS = ['{"name": "get_order", "arguments": {"order_id": "W0"}}', "Which one?", "Done.", "never taken"]


def recording(**kwargs: object) -> Recording:
    return record(gym.make(DESK, **kwargs), TURNS, seed=4)


def test_a_recording_replays_from_its_json() -> None:
    found = recording(split="evaluate", difficulty=2)
    again = Recording.from_json(json.loads(json.dumps(found.to_json())), "file")
    assert len(found.actions) == 3
    assert again == found
    assert replay(again) is None


def test_wrapped_environments_replay() -> None:
    env = HashedText(CandidateActions(gym.make(DESK), 96), 64)
    found = record(env, [0, 3, 1], options={"index": 5})
    assert replay(Recording.from_json(json.loads(json.dumps(found.to_json())), "file")) is None


def test_a_recording_replays_in_a_fresh_process(tmp_path: Path) -> None:
    path = tmp_path / "episode.json"
    path.write_text(json.dumps(recording().to_json()))
    code = "import sys; from trace_gym.cli.main import main; main(['replay', sys.argv[1]])"
    assert python(code, str(path), hash_seed=99).endswith("1 episodes, 1 the same, 0 different\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r.outcomes[0].update(observation="Hi."), 'reset: observation was "Hi.", is now "'),
        (lambda r: r.outcomes[1].update(reward=0.5), "step 1: reward was 0.5, is now 0.0."),
        (lambda r: r.outcomes[3].update(terminated=False), "step 3: terminated was false, is now true."),
        (lambda r: r.outcomes[2].update(info="0"), 'step 2: info was "0", is now "'),
        (lambda r: r.actions.pop(), "the episode had 3 steps, has now 2."),
    ],
)
def test_it_says_where_a_replay_differs(change: object, sentence: str) -> None:
    found = recording()
    change(found)  # type: ignore[operator]
    assert sentence in str(replay(found))


def test_what_has_no_spec_cannot_be_recorded() -> None:
    env = desk()
    env.spec = None
    with pytest.raises(ValueError, match=r"has no spec; make it with gym\.make"):
        record(env, TURNS)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "is not a recording"),
        ({"schema": "x"}, "is not a recording"),
        ({"schema": "trace-gym/recording", "version": 9}, "version 9"),
        ({"schema": "trace-gym/recording", "version": 1}, "has no 'spec'"),
    ],
)
def test_what_is_no_recording_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Recording.from_json(value, "file")


# --- trajectories ----------------------------------------------------------------------------------------------------


@pytest.fixture
def trajectories(tmp_path: Path) -> Path:
    path = tmp_path / "trajectories.jsonl"
    collect(
        path, lambda: desk(split="mine", difficulty=2), RandomPolicy(), [Job(i) for i in range(12)], env_id=DESK, seed=0
    )
    return path


def test_trajectories_replay(trajectories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(trajectories)]) == 0
    assert capsys.readouterr().out.endswith("12 episodes, 12 the same, 0 different\n")


def test_changed_trajectories_are_named(trajectories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in trajectories.read_text().splitlines()]
    rows[3]["reward"] = 1.0
    rows[5]["messages"][1]["content"] = "Something else."
    trajectories.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["replay", str(trajectories)]) == 1
    shown = capsys.readouterr().out
    assert "mine/3 trial 0: the reward was 1 " in shown
    assert "mine/5 trial 0: message 1 was 'user: Something else.', is now 'user: " in shown
    assert "12 episodes, 10 the same, 2 different" in shown


def test_foreign_trajectories_are_refused(trajectories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row, *_) = (json.loads(line) for line in trajectories.read_text().splitlines())
    row["task_id"] = "17"
    trajectories.write_text(json.dumps(row) + "\n")
    assert main(["replay", str(trajectories)]) == 1
    assert "is not 'split/number'" in capsys.readouterr().err


def test_turns_are_those_that_were_written(trajectories: Path) -> None:
    found = read_trajectories(trajectories)[0]
    assert len(found.turns()) == sum(message["role"] == "assistant" for message in found.messages)
