"""`trace-gym check`: its lines, its JSON, its exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from trace_gym.checks import CHECKS, Finding, Report
from trace_gym.cli.check import render
from trace_gym.cli.main import main

from ..checks.broken import Sound
from ..checks.broken.tasks import FailingTask
from ..checks.helpers import registered
from ..conftest import Emitted
from .said import refusal


def finding(severity: str, check: str = "leak") -> Finding:
    return Finding(check, f"A {severity}.", severity)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("severities", "verdict", "counts"),
    [
        ([], "keeps the contract", "0 errors, 0 warnings, 1.5 s"),
        (["warning"], "keeps the contract", "0 errors, 1 warnings, 1.5 s"),
        (["waived", "waived"], "keeps the contract", "0 errors, 0 warnings, 2 waived, 1.5 s"),
        (["error"], "does not keep the contract", "1 errors, 0 warnings, 1.5 s"),
        (["waived", "error", "warning"], "does not keep the contract", "1 errors, 1 warnings, 1 waived, 1.5 s"),
    ],
)
def test_the_last_line_is_the_verdict_with_its_counts(severities: list[str], verdict: str, counts: str) -> None:
    report = Report("a/B-v0", [finding(severity) for severity in severities], ["leak", "adversary"], seconds=1.54)
    *lines, last = render(report).splitlines()
    assert lines == [f"{severity}: leak: A {severity}." for severity in severities]
    assert last == f"a/B-v0: {verdict} (2 checks, {counts})"


def test_what_a_weak_policy_earned_is_told_by_level() -> None:
    learnability = {"by_difficulty": {"1": 0.5, "2": 0.125}, "zero_variance_groups": 0.25}
    line, _ = render(Report("a/B-v0", learnability=learnability)).splitlines()
    assert line == "weak policy: mean reward level 1: 0.50, level 2: 0.12; 25% of its groups have equal rewards"


def test_one_bad_environment_of_several_is_enough_to_fail(capsys: pytest.CaptureFixture[str]) -> None:
    sound, failing = registered(Sound), registered(FailingTask)
    assert main(["check", sound, failing, sound, "--only", "solution.gold", "--tasks", "2"]) == 1
    verdicts = [line for line in capsys.readouterr().out.splitlines() if " the contract (" in line]
    assert [line.split(":")[0] for line in verdicts] == [sound, failing, sound]
    assert ["does not keep" in line for line in verdicts] == [False, True, False]


def test_progress_goes_to_stderr_and_is_silent_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", registered(Sound), "--only", "schema", "--tasks", "2"]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert shown.err.split() == [name for name in CHECKS if name.startswith("schema.")]
    assert "schema.honest" not in shown.out
    assert main([*arguments, "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert [report["ok"] for report in json.loads(shown.out)] == [True]


def test_an_emitted_environment_is_checked_from_its_folder_while_it_is_unchanged(
    emitted: dict[str, Emitted], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = emitted["error_recovery"]
    folder = tmp_path / "envs" / made.folder.name
    shutil.copytree(made.folder, folder)
    env_id = json.loads((folder / "manifest.json").read_text())["env_id"]
    arguments = ["check", env_id, "--only", "tasks.json", "--tasks", "2", "--envs", tmp_path / "envs"]
    assert main([str(argument) for argument in arguments]) == 0
    assert f"{env_id}: keeps the contract (1 checks" in capsys.readouterr().out
    with (folder / "env.py").open("a") as stream:
        stream.write("\n# edited\n")
    assert "changed since it passed the gate" in refusal(capsys, *arguments)
