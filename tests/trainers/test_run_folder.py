"""One folder holds one run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trace_trainers.pipeline.config import RunConfig, read_config
from trace_trainers.pipeline.run_folder import RunFolder

from trace_gym.errors import UserError


def test_the_configuration_is_recorded_with_schema_and_version(tmp_path: Path) -> None:
    RunFolder(tmp_path / "run", RunConfig())
    record = json.loads((tmp_path / "run" / "config.json").read_text())

    assert (record["schema"], record["version"]) == ("trace-gym/run", 2)
    assert record["target"] == "trace/ServiceDesk-v0"


def test_the_same_configuration_opens_it_again(tmp_path: Path) -> None:
    config = read_config(None, {"capabilities": ["a", "b"], "train.steps": 3})
    RunFolder(tmp_path / "run", config)
    before = (tmp_path / "run" / "config.json").read_bytes()
    RunFolder(tmp_path / "run", config)

    assert (tmp_path / "run" / "config.json").read_bytes() == before


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    RunFolder(tmp_path, RunConfig())

    assert (tmp_path / "config.json").exists()


def test_at_most_three_differences_are_named(tmp_path: Path) -> None:
    RunFolder(tmp_path, RunConfig())
    changed = read_config(None, {"seed": 1, "train.steps": 1, "rollout.tasks": 1, "router.prompts": 1})
    with pytest.raises(UserError) as caught:
        RunFolder(tmp_path, changed)

    assert str(caught.value).count(", now ") == 3
    assert "rollout.tasks 640, now 1" in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "{}", "3"])
def test_a_config_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match="holds a run of version None, this program continues version 2"):
        RunFolder(tmp_path, RunConfig())
    assert (tmp_path / "config.json").read_text() == content


def test_the_log_is_printed_and_appended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(tmp_path, RunConfig())
    folder.log("one")
    folder.log("two")

    assert capsys.readouterr().out == "one\ntwo\n"
    lines = folder.log_file.read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["one", "two"]
