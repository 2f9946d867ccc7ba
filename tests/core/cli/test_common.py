"""Arguments and file checks that several commands share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym.cli.common import add_env_arg, env_arguments, read_schemas
from trace_gym.errors import UserError
from trace_gym.files import read_versioned

from ..helpers import desk


def arguments(*given: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_env_arg(parser)
    return env_arguments(parser.parse_args([word for value in given for word in ("--env-arg", value)]))


def wrote(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("x=base", "base"),
        ("x=3", 3),
        ("x=true", True),
        ("x=[1, 2]", [1, 2]),
        ('x="3"', "3"),
        ("x=", ""),
        ("x=a=b", "a=b"),
    ],
)
def test_values_are_json_or_plain_text(given: str, value: Any) -> None:
    assert arguments(given) == {"x": value}


def test_several_arguments_are_collected_and_the_last_of_a_name_counts() -> None:
    assert arguments("a=1", "b=2", "a=3") == {"a": 3, "b": 2}
    assert arguments() == {}


@pytest.mark.parametrize("given", ["category", "=base", "two words=1", "1a=1"])
def test_what_is_not_name_and_value_is_refused(given: str) -> None:
    with pytest.raises(UserError, match="--env-arg must be NAME=VALUE") as caught:
        arguments(given)
    assert repr(given) in str(caught.value)


@pytest.mark.parametrize("name", ["split", "difficulty"])
def test_what_has_an_option_of_its_own_is_refused_naming_it(name: str) -> None:
    with pytest.raises(UserError, match=f"use --{name} 2"):
        arguments(f"{name}=2")


def test_a_file_of_the_right_schema_and_version_is_read(tmp_path: Path) -> None:
    value = {"schema": "trace-gym/x", "version": 2, "more": []}
    assert read_versioned(wrote(tmp_path / "x.json", value), "trace-gym/x", 2, advice="make it anew") == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"schema": "other", "version": 2}, "'other'.*'trace-gym/x'"),
        ({"version": 2}, "None.*'trace-gym/x'"),
        ([], "'list'.*'trace-gym/x'"),
        ({"schema": "trace-gym/x", "version": 1}, "version is 1.*version 2"),
        ({"schema": "trace-gym/x"}, "version is None.*version 2"),
    ],
)
def test_another_file_is_refused_naming_both_sides(value: Any, message: str, tmp_path: Path) -> None:
    path = wrote(tmp_path / "x.json", value)
    with pytest.raises(UserError, match=message) as caught:
        read_versioned(path, "trace-gym/x", 2, advice="make it anew")
    assert str(path) in str(caught.value)


def test_no_file_of_schemas_means_none() -> None:
    assert read_schemas(None) == []


def test_the_schemas_of_an_environment_are_read_back(tmp_path: Path) -> None:
    schemas = [dict(schema) for schema in desk().schemas]
    assert read_schemas(wrote(tmp_path / "tools.json", schemas)) == schemas


@pytest.mark.parametrize(
    "value",
    [
        {"function": {"name": "a", "parameters": {"properties": {}}}},
        ["a"],
        [{}],
        [{"function": "a"}],
        [{"function": {"name": 1, "parameters": {"properties": {}}}}],
        [{"function": {"name": "a"}}],
        [{"function": {"name": "a", "parameters": {}}}],
    ],
)
def test_anything_but_a_list_of_schemas_is_refused(value: Any, tmp_path: Path) -> None:
    path = wrote(tmp_path / "tools.json", value)
    with pytest.raises(UserError, match="expected a JSON list of OpenAI function schemas") as caught:
        read_schemas(path)
    assert str(path) in str(caught.value)
