"""`trace-gym list`."""

from __future__ import annotations

import json

import gymnasium as gym
import pytest

from trace_gym.cli.main import main

from ..helpers import DESK, desk


def test_the_table_has_a_line_for_the_service_desk(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    header, _, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["environment", "reads", "writes", "levels", "what", "it", "is"]
    assert sum(line.split()[:1] == [DESK] for line in lines) == 1


def test_json_says_the_same_and_counts_each_tool_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    described = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    env = desk()
    assert described[DESK]["reads"] + described[DESK]["writes"] == len(env.tools)
    assert described[DESK]["levels"] == env.max_difficulty
    assert described[DESK]["what"]


def test_an_environment_that_cannot_be_made_is_named_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    gym.register("trace/Absent-v0", entry_point="no_such_module:Env")
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    table, note = shown.split("\nNot at hand")
    assert "trace/Absent-v0" in note
    assert "trace/Absent-v0" not in table


def test_a_folder_without_environments_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--envs", "no/such/folder"]) == 1
    assert "no/such/folder: holds no emitted environment" in capsys.readouterr().err
