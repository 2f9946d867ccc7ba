"""The light commands on each other's files."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym.cli.main import main
from trace_gym.trajectories.readers import read_trajectories
from trace_gym.trajectories.record import Trajectory


@pytest.fixture(scope="module")
def recorded(desk_trajectories: list[Trajectory], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's first 150 trajectories as a file."""
    path = tmp_path_factory.mktemp("cli") / "t.jsonl"
    path.write_text("".join(json.dumps(t.to_json()) + "\n" for t in desk_trajectories[:150]))
    return path


@pytest.fixture(scope="module")
def identified(recorded: Path) -> Path:
    """Their capabilities as a file."""
    path = recorded.parent / "capabilities.json"
    with (path.parent / "shown.txt").open("w") as stream, contextlib.redirect_stdout(stream):
        assert main(["identify", str(recorded), "--out", str(path)]) == 0
    return path


def rollout(out: Path, *more: str) -> int:
    return main(["rollout", "--policy", "oracle", "--tasks", "6", "--out", str(out), *more])


def test_rollout_writes_trajectories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.jsonl"
    assert rollout(out, "--trials", "2", "--split", "evaluate", "--difficulty", "2") == 0
    assert f"{out}: 12 episodes, 100.0% solved" in capsys.readouterr().out
    found = read_trajectories(out)
    assert [(t.task_id, t.trial) for t in found] == [(f"evaluate/{n // 2}", n % 2) for n in range(12)]
    assert all(t.success for t in found)


def test_rollout_continues(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    assert rollout(out) == 0
    before = out.read_bytes()
    out.write_bytes(before[: len(before) // 2])
    assert rollout(out) == 0
    assert out.read_bytes() == before


def test_rollout_into_another_runs_file_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.jsonl"
    assert rollout(out) == 0
    assert rollout(out, "--seed", "3") == 1
    assert "choose another --out" in capsys.readouterr().err


def test_rollout_into_a_folder_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollout(tmp_path) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_identify_writes_and_shows_the_statistics(identified: Path) -> None:
    shown = (identified.parent / "shown.txt").read_text()
    found = json.loads(identified.read_text())
    assert all(row["name"] in shown for row in found["capabilities"])
    assert f"{identified}: {sum(row['selected'] for row in found['capabilities'])} selected, from 150" in shown


def test_identify_takes_thresholds(recorded: Path, tmp_path: Path) -> None:
    out, few = tmp_path / "c.json", tmp_path / "t.jsonl"
    few.write_text("".join(recorded.read_text().splitlines(keepends=True)[:30]))
    more = ["--delta", "2", "--runs", "5", "--needed", "1", "--seed", "4"]
    assert main(["identify", str(few), "--out", str(out), *more]) == 0
    found = json.loads(out.read_text())
    assert found["seed"] == 4
    assert found["thresholds"] == {
        "coverage": 0.1,
        "delta": 2.0,
        "runs": 5,
        "needed": 1,
        "support": 3,
        "false_discovery": 0.05,
    }
    assert not any(row["selected"] for row in found["capabilities"])


def test_the_whole_way_to_a_playable_environment(
    recorded: Path, identified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    envs = tmp_path / "envs"
    chosen = ["--capability", "error_recovery"]
    assert main(["synthesize", str(recorded), str(identified), "--out", str(envs), *chosen]) == 0
    assert capsys.readouterr().out.count("passed 26 checks on 16 tasks per split") == 1
    out, env_id = tmp_path / "t.jsonl", "trace/ServiceDeskErrorRecovery-v0"
    assert rollout(out, "--env", env_id, "--envs", str(envs)) == 0
    assert {(t.env_id, t.success) for t in read_trajectories(out)} == {(env_id, True)}
    folder = envs / "service_desk_error_recovery"
    with (folder / "env.py").open("a") as stream:
        stream.write("\n# edited\n")
    assert rollout(tmp_path / "u.jsonl", "--env", env_id, "--envs", str(envs)) == 1
    assert "changed since it passed the gate" in capsys.readouterr().err
    assert main(["synthesize", "--check", str(folder)]) == 0
    assert rollout(tmp_path / "u.jsonl", "--env", env_id, "--envs", str(envs)) == 0


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence on stderr."""
    assert main([str(argument) for argument in arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("trace-gym: ")
    assert error.count("\n") == 1
    return error


def test_identify_names_the_bad_line(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = recorded.read_text().splitlines()[:5]
    path = tmp_path / "cut.jsonl"
    path.write_text("\n".join(lines)[:-100])
    error = refused(capsys, "identify", path, "--out", tmp_path / "c.json")
    assert f"{path}: line 5, column" in error
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "nonsense"])
def test_identify_refuses_what_are_no_trajectories(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.jsonl"
    if content is not None:
        path.write_text(content)
    assert str(path) in refused(capsys, "identify", path, "--out", tmp_path / "c.json")


def test_identify_refuses_a_negative_seed(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "seed" in refused(capsys, "identify", recorded, "--seed", "-1", "--out", tmp_path / "c.json")


def test_synthesize_needs_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs a trajectories file" in refused(capsys, "synthesize")


def test_synthesize_refuses_an_unknown_capability(
    recorded: Path, identified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, "synthesize", recorded, identified, "--capability", "flying", "--out", tmp_path / "e")
    assert "Unknown capability 'flying'" in error
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"schema": "x"}, "its schema is 'x', expected 'trace-gym/capabilities'"),
        ({"version": 9}, "its version is 9, this program reads version 2"),
        ({"version": 1}, "make it anew with `trace-gym identify"),
        ({"trajectories_sha256": "0" * 64}, "made from trajectories with SHA-256 0000000000000000"),
        ({"attempts": []}, "the labels of"),
        ({"capabilities": []}, "none is selected"),
        ({"capabilities": [{"name": "error_recovery", "selected": True}]}, "error_recovery|labels|capabilities"),
    ],
)
def test_synthesize_refuses_foreign_capabilities(
    changed: dict[str, Any],
    message: str,
    recorded: Path,
    identified: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({**json.loads(identified.read_text()), **changed}))
    error = refused(capsys, "synthesize", recorded, path, "--out", tmp_path / "e")
    assert any(part in error for part in message.split("|"))


@pytest.mark.parametrize("content", ["[3]", "{}", "[{}]", "nonsense", '[{"function": 3}]', '[{"function": {}}]'])
def test_synthesize_refuses_what_are_no_schemas(
    content: str, recorded: Path, identified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tools.json"
    path.write_text(content)
    more = ["--tools", path, "--capability", "error_recovery", "--out", tmp_path / "e"]
    assert str(path) in refused(capsys, "synthesize", recorded, identified, *more)


def test_the_selected_are_made_and_one_failure_does_not_stop_the_rest(
    recorded: Path, identified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(identified.read_text())
    for row in found["capabilities"]:
        row["selected"] = row["name"] in ("structured_selection", "result_reporting")
        if row["name"] == "structured_selection":
            row["labels"] = "-" * 150
    path = tmp_path / "c.json"
    path.write_text(json.dumps(found))
    assert main(["synthesize", str(recorded), str(path), "--out", str(tmp_path / "e")]) == 1
    shown = capsys.readouterr()
    assert "No environment for 'structured_selection'" in shown.err
    assert "service_desk_result_reporting: passed" in shown.out
    assert [p.name for p in (tmp_path / "e").iterdir()] == ["service_desk_result_reporting"]


def test_checking_a_missing_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none" in refused(capsys, "synthesize", "--check", tmp_path / "none")
