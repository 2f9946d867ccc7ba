"""A file's format is found with as little reading as possible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym.errors import UserError
from trace_gym.trajectories.episode_error import UnknownFormatError
from trace_gym.trajectories.readers import READERS, detect
from trace_gym.trajectories.readers.reader import Source

from .samples.files import wrote, wrote_lines


def format_of(path: Path) -> str:
    return detect(Source(path, path), READERS).NAME


def test_a_key_is_enough_and_what_follows_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"tasks": [], "simulations": [{"id": 1}, {broken')
    assert format_of(path) == "tau2"


def test_the_first_good_element_of_a_list_tells(tmp_path: Path) -> None:
    row = {"traj": [], "task_id": 1, "reward": 0}
    assert format_of(wrote(tmp_path / "a.json", [None, {}, row])) == "tau1"


def test_the_first_good_line_tells(tmp_path: Path) -> None:
    row = {"id": "multi_turn_base_0", "result": []}
    assert format_of(wrote_lines(tmp_path / "a.jsonl", "{broken", "3", row)) == "bfcl"


@pytest.mark.parametrize("bad", [19, 20])
def test_no_more_than_the_first_lines_are_searched(bad: int, tmp_path: Path) -> None:
    row = {"id": "multi_turn_base_0", "result": []}
    path = wrote_lines(tmp_path / "a.jsonl", *["{broken"] * bad, row)
    if bad < 20:
        assert format_of(path) == "bfcl"
        return
    with pytest.raises(UserError, match="not valid JSON"):
        format_of(path)


def test_a_chat_is_what_no_other_format_claims(tmp_path: Path) -> None:
    chat = {"messages": [], "reward": 1}
    agentdojo = chat | {"suite_name": "workspace", "user_task_id": "user_task_0"}
    assert format_of(wrote(tmp_path / "a.json", chat)) == "chat"
    assert format_of(wrote(tmp_path / "b.json", agentdojo)) == "agentdojo"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"schema": "other/thing"}, "(its schema is 'other/thing')"),
        ({"accuracy": 1, "total_count": 2}, "(a BFCL score file; give its result file)"),
        ([{"role": "user"}], "(messages without a reward; of ToolSandbox give result_summary.json)"),
        ({"simulation_index": []}, "(the index of tau2-bench results kept in a folder; save them as one JSON file)"),
    ],
)
def test_files_that_users_mistake_for_trajectories_are_recognized(value: Any, hint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    with pytest.raises(UnknownFormatError) as caught:
        format_of(path)
    assert f"no known trajectory format {hint}; expected trace-gym JSONL, " in str(caught.value)
