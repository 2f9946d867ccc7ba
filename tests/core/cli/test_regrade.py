"""`trace-gym regrade`: what is counted, what is said of a disagreement, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trace_gym.cli.main import main
from trace_gym.errors import UserError
from trace_gym.targets import REGRADERS
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade

from ..helpers import Talk
from ..trajectories.samples.files import packed, wrote_lines
from .said import refusal

Regrade = Callable[[Trajectory], Grade]


@pytest.fixture
def graded_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Regrade], None]:
    """Has trajectories of `other/...` graded by a function of the test's."""

    def install(regrade: Regrade) -> None:
        monkeypatch.setitem(REGRADERS, "other/", "trace_gym_other_regrader")
        monkeypatch.setitem(sys.modules, "trace_gym_other_regrader", SimpleNamespace(regrade=regrade))

    return install


def row(task_id: str, *, trial: int = 0, env_id: str = "other/shop", reward: float = 1.0) -> dict[str, Any]:
    trajectory = Talk("Hi").trajectory(task_id=task_id, trial=trial, env_id=env_id)
    trajectory.reward = reward
    return trajectory.to_json()


def reports(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[dict[str, Any]]]:
    code = main(["regrade", *map(str, paths), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("now", "revisions", "result", "line", "code"),
    [
        (1.0, (), "", None, 0),
        (1.0 - 1e-9, (), "", None, 0),
        (0.0, (), "", "1, now 0: no known reason", 1),
        (0.0, ("the goal was revised",), "", "1, now 0: the goal was revised", 0),
        (0.25, (), "call 0 answered 'a', now 'b'", "1, now 0.25: call 0 answered 'a', now 'b'", 1),
        (0.5, ("one", "two"), "three", "1, now 0.5: one; two; three", 0),
    ],
)
def test_a_disagreement_is_told_with_its_reason_and_fails_without_one(
    now: float,
    revisions: tuple[str, ...],
    result: str,
    line: str | None,
    code: int,
    tmp_path: Path,
    graded_by: Callable[[Regrade], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    graded_by(lambda trajectory: Grade(trajectory, now, revisions=revisions, other_result=result))
    path = wrote_lines(tmp_path / "t.jsonl", row("7", trial=2))

    assert main(["regrade", str(path)]) == code
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{path}: {int(line is None)} of 1 recorded rewards come out again; ")
    assert [text for text in others if "trial" in text] == [f"  7 trial 2: {line}"] * (line is not None)
    assert any("a call answers otherwise" in text for text in others) == bool(result)


def test_the_counts_of_a_file_add_up_whatever_the_grades_are(
    tmp_path: Path, graded_by: Callable[[Regrade], None], capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(11)
    grades = rng.choice([0.0, 0.5, 1.0], size=60)
    revised, refused = rng.random(60) < 0.5, rng.random(60) < 0.2

    def regrade(trajectory: Trajectory) -> Grade:
        number = int(trajectory.task_id)
        if refused[number]:
            raise UserError("The task is gone.")
        return Grade(trajectory, float(grades[number]), revisions=("revised",) * bool(revised[number]))

    graded_by(regrade)
    path = wrote_lines(tmp_path / "t.jsonl", *(row(str(number)) for number in range(60)))
    code, (report,) = reports(capsys, path)

    assert code == 1
    assert report["graded"] + len(report["failed"]) == 60
    assert report["agree"] + report["explained"] + report["unexplained"] == report["graded"]
    assert len(report["disagreements"]) == report["graded"] - report["agree"]
    assert len(report["failed"]) == refused.sum()
    assert report["agree"] == ((grades == 1.0) & ~refused).sum()
    assert report["explained"] == ((grades != 1.0) & revised & ~refused).sum()


def test_one_reason_for_many_is_told_once_with_their_number(
    tmp_path: Path, graded_by: Callable[[Regrade], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def regrade(trajectory: Trajectory) -> Grade:
        raise UserError(f"Not {trajectory.task_id[0]}.")

    graded_by(regrade)
    path = wrote_lines(tmp_path / "t.jsonl", *map(row, ("a1", "a2", "b1", "a3")))
    assert main(["regrade", str(path)]) == 1
    first, *others = capsys.readouterr().out.splitlines()
    assert first.endswith("4 cannot be graded.")
    assert others == ["  3 not graded: Not a.", "  1 not graded: Not b."]


def test_json_has_an_entry_a_file_in_their_order_and_nothing_else_on_stdout(
    tmp_path: Path, graded_by: Callable[[Regrade], None], capsys: pytest.CaptureFixture[str]
) -> None:
    graded_by(lambda trajectory: Grade(trajectory, 1.0, {"outcome": 1.0}))
    paths = [
        wrote_lines(tmp_path / "z ✈.jsonl", row("1"), row("2", env_id="other/other")),
        packed(wrote_lines(tmp_path / "a.jsonl", row("3", reward=0.0))),
    ]
    code, found = reports(capsys, *paths)
    assert code == 1
    assert [report["file"] for report in found] == [str(path) for path in paths]
    assert [report["env_ids"] for report in found] == [["other/other", "other/shop"], ["other/shop"]]
    assert found[0]["disagreements"] == []
    (disagreement,) = found[1]["disagreements"]
    assert disagreement == {
        "env_id": "other/shop",
        "task_id": "3",
        "trial": 0,
        "recorded": 0.0,
        "now": 1.0,
        "terms": {"outcome": 1.0},
        "revisions": [],
        "other_result": "",
    }


@pytest.mark.parametrize("task_id", ["moon/3", "mine/x", "mine/"])
def test_what_nothing_can_grade_is_a_failure_of_that_episode_alone(
    task_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", row(task_id, env_id="nobody/knows"))
    code, (report,) = reports(capsys, path)
    (failed,) = report["failed"]
    assert (code, report["graded"], report["env_ids"]) == (1, 0, [])
    assert repr(task_id) in failed["reason"]


def test_a_bug_of_a_grader_is_no_failure_of_the_episode(tmp_path: Path, graded_by: Callable[[Regrade], None]) -> None:
    def regrade(trajectory: Trajectory) -> Grade:
        raise KeyError("a bug")

    graded_by(regrade)
    with pytest.raises(KeyError, match="a bug"):
        main(["regrade", str(wrote_lines(tmp_path / "t.jsonl", row("1")))])


@pytest.mark.parametrize("prefix", REGRADERS)
def test_every_grader_can_be_imported_and_answers_to_its_prefix(prefix: str) -> None:
    module = __import__(REGRADERS[prefix], fromlist=["regrade"])
    assert callable(module.regrade)
    assert [other for other in REGRADERS if other != prefix and other.startswith(prefix)] == []


def test_a_missing_file_among_several_ends_it_with_its_name(
    tmp_path: Path, graded_by: Callable[[Regrade], None], capsys: pytest.CaptureFixture[str]
) -> None:
    graded_by(lambda trajectory: Grade(trajectory, 1.0))
    good = wrote_lines(tmp_path / "t.jsonl", row("1"))
    # with --json nothing is printed before everything is known
    assert refusal(capsys, "regrade", good, tmp_path / "none.jsonl", "--json").startswith(f"{tmp_path}/none.jsonl: ")
