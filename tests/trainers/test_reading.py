"""Settings from files, and what is said of the wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.pipeline.reading import build, check_target_arguments, parse

from trace_gym.errors import UserError


@dataclass(frozen=True)
class Toy:
    steps: int = 3
    rate: float = 0.5
    name: str = "toy"
    fast: bool = False
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.steps > 100:
            raise ValueError(f"steps must be <= 100, got {self.steps}.")


def test_values_that_are_not_given_keep_their_defaults() -> None:
    assert build(Toy, {"rate": 0.25}, "x") == Toy(rate=0.25)


def test_a_list_becomes_a_tuple() -> None:
    assert build(Toy, {"names": ["a", "b"]}, "x").names == ("a", "b")


def test_the_result_is_of_the_class_itself() -> None:
    assert type(build(Toy, {}, "x")) is Toy


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": "3"}, "my.toml: steps is '3', expected int."),
        ({"steps": True}, "my.toml: steps is True, expected int."),
        ({"rate": "fast"}, "my.toml: rate is 'fast', expected float."),
        ({"name": 3}, "my.toml: name is 3, expected str."),
        ({"fast": 1}, "my.toml: fast is 1, expected true or false."),
        ({"names": "a"}, "my.toml: names is 'a', expected a list of names."),
        ({"names": [1]}, "my.toml: names is [1], expected a list of names."),
        ({"steps": -1}, "my.toml: steps is -1, expected a number >= 0."),
        ({"steps": -1.5}, "my.toml: steps is -1.5, expected a number >= 0."),
        ({"rate": -0.5}, "my.toml: rate is -0.5, expected a number >= 0."),
        ({"steps": 101}, "my.toml: steps must be <= 100, got 101."),
        ({"stepz": 1}, "my.toml: unknown key 'stepz'; did you mean 'steps'?"),
        ({"qqqq": 1}, "my.toml: unknown key 'qqqq'; known keys: steps, rate, name, fast, names."),
    ],
)
def test_a_wrong_value_is_one_sentence(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        build(Toy, values, "my.toml")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "seed = 3\n[train]\nsteps = 7\n"),
        ("a.yaml", "seed: 3\ntrain: {steps: 7}\n"),
        ("a.yml", "seed: 3\ntrain:\n  steps: 7\n"),
        ("no_suffix", "seed = 3\ntrain.steps = 7\n"),
    ],
)
def test_the_suffix_decides_on_the_format(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)

    assert parse(path) == {"seed": 3, "train": {"steps": 7}}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "- 1\n- 2\n", "expected a table of settings, got list"),
        ("a.yaml", "", "expected a table of settings, got NoneType"),
        ("a.yaml", "a: [", "not a valid configuration file"),
        ("a.toml", "a = ", "not a valid configuration file"),
    ],
)
def test_a_file_without_settings_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        parse(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing\.toml"):
        parse(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], r"target_args is \[1\], expected a table of arguments"),
        ({"difficulty": 2}, "target_args.difficulty cannot be set here; the run sets it"),
        ({"a": {1, 2}}, "target_args holds a value that is not JSON"),
    ],
)
def test_arguments_that_a_target_cannot_take_are_refused(value: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_target_arguments("target_args", value)


def test_nested_json_is_taken() -> None:
    check_target_arguments("target_args", {"a": {"b": [1, 2.5, None, True, "x"]}})
