"""What Gymnasium asks of a single environment."""

from __future__ import annotations

import itertools
import re
from typing import Any

import gymnasium as gym
import pytest

from trace_gym import ToolEnv
from trace_gym.checks.gymnasium_api import checker, info, spec
from trace_gym.checks.subject import Subject

from .broken import Sound, gymnasium_api
from .helpers import sentences, subject_of


class NanInfo(Sound):
    """Puts a number into info that JSON lacks."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, shown = super().step(action)
        return observation, reward, terminated, truncated, {**shown, "score": float("nan")}


class Numbered(Sound):
    """Shows how many instances were made before it."""

    _instances = itertools.count()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._number = next(self._instances)

    def reset(self, **kwargs: Any) -> Any:
        observation, shown = super().reset(**kwargs)
        return f"{observation} ({self._number})", shown


class Noted(Sound):
    """Takes an argument of any type."""

    def __init__(self, *, note: object = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)


@pytest.mark.parametrize("check", [checker, spec, info])
def test_a_sound_environment_is_clean(check: Any) -> None:
    assert sentences(check, Sound) == []


@pytest.mark.parametrize("cls", [gymnasium_api.BytesObserved, gymnasium_api.NoInfo])
def test_what_the_checker_of_gymnasium_reports_is_one_line(cls: type[ToolEnv]) -> None:
    (sentence,) = sentences(checker, cls)
    assert sentence.startswith("Gymnasium's check_env reports: ")
    assert "\n" not in sentence


def test_a_none_in_the_info_is_named_once() -> None:
    assert sentences(info, gymnasium_api.NoneInfo) == ["info['note'] is None; leave the key out instead."]


@pytest.mark.parametrize("cls", [gymnasium_api.OddInfo, NanInfo])
def test_an_info_that_no_json_holds_is_named_once_with_the_reason(cls: type[ToolEnv]) -> None:
    (found,) = sentences(info, cls)
    assert re.match(r"info is not JSON-able \((Object of type set|Out of range float)", found)


def test_an_entry_point_that_is_not_text_is_named() -> None:
    gym.register(id="broken/Lambda-v0", entry_point=lambda **kwargs: Sound(**kwargs))
    (finding,) = spec(Subject("broken/Lambda-v0"))
    assert "expected text 'module:Class'; use register_env." in finding.sentence


def test_arguments_that_json_lacks_are_named() -> None:
    (finding,) = spec(subject_of(Noted, note=object()))
    assert finding.sentence.startswith("The spec does not survive JSON (")


def test_a_spec_that_makes_something_else_is_named() -> None:
    assert "makes an environment that shows something else" in sentences(spec, Numbered)[0]
