"""What `trace-gym rollout` finds through the entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.policies.plugin import make

from trace_gym.env.registration import make_env
from trace_gym.errors import UserError
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.trajectories.record import Trajectory

DESK = "trace/ServiceDesk-v0"
GREEDY = SamplingParams(temperature=0.0, max_new_tokens=48)


def first_episode(policy: Any) -> Trajectory:
    [episode] = play_batch([make_env(DESK, split="mine")], policy, [Job(0)], seed=0, env_id=DESK)
    return episode


def test_the_entry_point_is_this_function() -> None:
    [entry] = entry_points(group="trace_gym.policies", name="hf")
    assert entry.load() is make


def test_a_model_alone_plays_without_an_adapter() -> None:
    episode = first_episode(make("tiny", None, GREEDY))
    assert (episode.policy, episode.adapter) == ("tiny", "")
    assert episode.messages[-1]["role"] in ("assistant", "tool", "user")


def test_the_same_settings_play_the_same_episode() -> None:
    assert first_episode(make("tiny", None, GREEDY)) == first_episode(make("tiny", None, GREEDY))


def test_a_shared_prompt_changes_no_turn() -> None:
    fast = SamplingParams(temperature=0.0, max_new_tokens=48, fast=True)
    assert first_episode(make("tiny", None, fast)).messages == first_episode(make("tiny", None, GREEDY)).messages


def test_an_adapter_is_named_after_its_folder(tiny: Any, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from trace_trainers.policies.loading import load_model

    folder = tmp_path / "recovery"
    get_peft_model(load_model("tiny"), LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(str(folder))
    episode = first_episode(make("tiny", folder, GREEDY))
    assert episode.adapter == "recovery"

    # a fresh adapter adds nothing, so that the base's own turns come out
    assert episode.messages == first_episode(make("tiny", None, GREEDY)).messages


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        make(str(tmp_path), None, GREEDY)


def test_a_folder_that_is_no_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        make("tiny", tmp_path, GREEDY)
