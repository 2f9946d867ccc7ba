"""`trace-gym export`: what is written where, and what is refused."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from trace_gym.cli.main import main
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.writer import write_trajectories

from ..helpers import Talk
from .said import refusal

needs_inspect = pytest.mark.skipif(
    not importlib.util.find_spec("inspect_ai"), reason="the inspect extra is not installed"
)
ATTEMPTS = [Talk("Hello").say(f"Hi {task}.").trajectory(task_id=task, success=task == "8") for task in "789"]
ELSEWHERE = [Talk("Hello").trajectory(env_id=env_id) for env_id in ("a/b", "a-b", "..")]


def trajectories_at(path: Path, *trajectories: Trajectory) -> Path:
    write_trajectories(path, trajectories or ATTEMPTS)
    return path


def exported(*arguments: object) -> int:
    return main(["export", *map(str, arguments), "--inspect"])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return trajectories_at(tmp_path / "t.jsonl")


@needs_inspect
def test_a_log_is_written_and_imported_again(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", str(source), "--out", str(tmp_path / "c.json")]) == 0
    capsys.readouterr()
    out = tmp_path / "new" / "run.eval"
    assert exported(source, tmp_path / "c.json", "--out", out) == 0
    assert capsys.readouterr().out == f"{out}: 3 attempts at test/Talk\n"
    assert [path.name for path in out.parent.iterdir()] == ["run.eval"]
    assert main(["import", str(out), "--out", str(tmp_path / "back.jsonl")]) == 0
    assert (tmp_path / "back.jsonl").read_bytes() == source.read_bytes()


@needs_inspect
def test_several_environments_become_a_folder_of_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = trajectories_at(tmp_path / "t.jsonl", *ELSEWHERE)
    said = refusal(capsys, "export", source, "--inspect", "--out", tmp_path / "run.eval")
    assert "would hold 3 environments (a/b, a-b, ..), and an Inspect log is of one; give a folder" in said
    assert exported(source, "--out", tmp_path / "logs") == 0
    logs = sorted((tmp_path / "logs").iterdir())
    assert len(logs) == 3
    assert sorted(read_trajectories(path)[0].env_id for path in logs) == ["..", "a-b", "a/b"]
    capsys.readouterr()
    said = refusal(capsys, "export", source, "--inspect", "--out", tmp_path / "logs")
    assert "already exists; choose another --out, or replace it by --force." in said


@needs_inspect
def test_what_was_written_differently_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = trajectories_at(tmp_path / "t.jsonl", Talk("Hi \ud83d").trajectory(), *ATTEMPTS)
    assert exported(source, "--out", tmp_path / "run.eval") == 0
    assert "1 written differently" in capsys.readouterr().out


@needs_inspect
def test_capabilities_of_other_trajectories_are_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = trajectories_at(tmp_path / "other.jsonl", *ATTEMPTS[:2])
    assert main(["identify", str(other), "--out", str(tmp_path / "c.json")]) == 0
    capsys.readouterr()
    said = refusal(capsys, "export", source, tmp_path / "c.json", "--inspect", "--out", tmp_path / "run.eval")
    assert "made from trajectories with SHA-256" in said
    assert not (tmp_path / "run.eval").exists()


@needs_inspect
def test_a_place_that_cannot_be_written_is_one_sentence(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "export", source, "--inspect", "--out", source / "run.eval")
    assert "run.eval: cannot be written" in said
    assert read_trajectories(source) == ATTEMPTS


@needs_inspect
def test_what_is_there_is_replaced_only_by_force(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.eval"
    out.write_text("mine")
    assert "already exists" in refusal(capsys, "export", source, "--inspect", "--out", out)
    assert out.read_text() == "mine"
    assert exported(source, "--out", out, "--force") == 0
    assert read_trajectories(out) == ATTEMPTS


def test_no_log_takes_the_place_of_its_own_trajectories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = trajectories_at(tmp_path / "t.eval")
    said = refusal(capsys, "export", source, "--inspect", "--force", "--out", source)
    assert said.endswith("t.eval: is also read from; choose another --out.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("t.jsonl", "is no folder, and an Inspect log is named *.eval"),
        ("run.json", "an Inspect log is named *.eval"),
        ("folder.eval", "is a folder"),
    ],
)
def test_a_place_of_another_kind_is_refused(
    name: str, reason: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.eval").mkdir()
    said = refusal(capsys, "export", source, "--inspect", "--out", tmp_path / name)
    assert said == f"{tmp_path / name}: {reason}; choose another --out."


def test_the_format_must_be_named(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give --inspect" in refusal(capsys, "export", source, "--out", tmp_path / "run.eval")


def test_without_inspect_the_extra_is_named(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import_module = importlib.import_module

    def absent(name: str, *rest: Any) -> Any:
        if name.startswith("inspect_ai"):
            raise ModuleNotFoundError(name)
        return import_module(name, *rest)

    monkeypatch.setattr(importlib, "import_module", absent)
    said = refusal(capsys, "export", source, "--inspect", "--out", tmp_path / "run.eval")
    assert said == "Inspect logs need the package inspect_ai; pip install 'trace-gym[inspect]'."


@needs_inspect
def test_a_damaged_log_of_ours_is_one_sentence(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = importlib.import_module("inspect_ai.log")
    out = tmp_path / "run.eval"
    assert exported(source, "--out", out) == 0
    capsys.readouterr()
    content = log.read_eval_log(str(out))
    content.samples[0].metadata["version"] = 9
    content.samples[1].metadata["terms"] = "none"
    log.write_eval_log(content, str(out))
    assert main(["import", str(out), "--out", str(tmp_path / "back.jsonl")]) == 3
    assert "version is 9, this program reads version 1" in capsys.readouterr().err
    assert read_trajectories(tmp_path / "back.jsonl") == ATTEMPTS[2:]
