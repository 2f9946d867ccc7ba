"""A fresh process with other string hashes must show the same."""

from __future__ import annotations

import json
import os
from typing import Any

import gymnasium as gym
import pytest

from trace_gym import register_env
from trace_gym.checks.determinism import INDICES
from trace_gym.checks.fresh_process import main, processes
from trace_gym.checks.subject import fingerprints

from .broken import Sound, randomness
from .helpers import registered, sentences, subject_of


class OnlyHere(Sound):
    """Cannot be made under the hash seed that the check gives to its process."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if os.environ.get("PYTHONHASHSEED") == "4242":
            raise RuntimeError("no such licence here")


@pytest.mark.parametrize("cls", [randomness.SetOrder, randomness.TextHash])
def test_what_depends_on_string_hashes_is_named(cls: type[Sound]) -> None:
    assert "another PYTHONHASHSEED shows something else" in sentences(processes, cls)[0]


def test_an_environment_that_a_fresh_process_cannot_make_is_named_with_the_reason() -> None:
    (sentence,) = sentences(processes, OnlyHere)
    assert sentence.startswith("A fresh process cannot make and play the environment: ")
    assert "no such licence here" in sentence


def test_the_arguments_reach_the_fresh_process() -> None:
    assert list(processes(subject_of(Sound, split="evaluate", difficulty=2))) == []


def test_the_fresh_process_prints_what_the_given_spec_shows(capsys: pytest.CaptureFixture[str]) -> None:
    spec = gym.spec(registered(Sound)).to_json()
    # registered otherwise meanwhile, as an imported module may do
    register_env("broken/Sound-v0", f"{randomness.__name__}:SeedIgnored")

    main(spec, json.dumps({"split": "demo"}), json.dumps(["json"]))
    assert json.loads(capsys.readouterr().out) == list(fingerprints(Sound(split="demo"), INDICES))
