"""The checker: every fault is named by the check meant for it, sound environments pass."""

from __future__ import annotations

import json

import pytest

from trace_gym import ToolEnv, UserError, register_env
from trace_gym.checks import CHECKS, check
from trace_gym.checks.adversaries import ADVERSARIES
from trace_gym.checks.mixin import EnvConformance
from trace_gym.cli.main import main

from ..helpers import DESK
from .broken import BROKEN, Sound

SLOW = "gymnasium.vector"


def registered(cls: type[ToolEnv]) -> str:
    env_id = f"broken/{cls.__name__}-v0"
    register_env(env_id, f"{cls.__module__}:{cls.__name__}")
    return env_id


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 30
    assert len(ADVERSARIES) >= 12


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_each_fault_is_named_by_its_check(cls: type[ToolEnv]) -> None:
    report = check(registered(cls), only=[name for name in CHECKS if name != SLOW])
    assert BROKEN[cls] in {finding.check for finding in report.findings}, [f.sentence for f in report.findings]
    doubtful = BROKEN[cls].startswith("learnability") or cls.__name__ == "LostGold"
    expected = "warning" if doubtful else "error"
    assert {f.severity for f in report.findings if f.check == BROKEN[cls]} == {expected}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("MisspeltGold", "task 0 ('mine', level 1) cannot be made: The gold call count({'shelf': 'F1'}) is no call: "),
        ("UnknownGold", "A gold call names 'cuont', and the tools are count, clear; mend `gold`."),
        ("FailingTask", "task 0 ('mine', level 3) cannot be made: IndexError: no shelf left (tasks.py, line "),
        ("LostGold", "The gold call count({'shelf_id': 'F'}) of task 0 ('mine', level 1) is refused: no shelf F."),
    ],
)
def test_a_bad_solution_is_told_once_and_where(name: str, sentence: str) -> None:
    report = check(
        registered(next(cls for cls in BROKEN if cls.__name__ == name)), only=["solution", "tasks", "schema"]
    )
    first, *others = report.findings
    assert sentence in first.sentence
    if first.severity == "error":
        assert others == []
        assert report.checks == ["solution.gold"]


def test_the_sound_twin_passes() -> None:
    report = check(registered(Sound))
    assert report.findings == []
    assert report.ok
    assert set(report.checks) == set(CHECKS)
    assert 0.0 < report.learnability["by_difficulty"]["1"] < 1.0


class TestServiceDesk(EnvConformance):
    env_id = DESK


def test_vectors_that_differ_are_named() -> None:
    found = check(registered(next(cls for cls in BROKEN if cls.__name__ == "SeedUnused")), only=[SLOW])
    assert [finding.check for finding in found.findings] == [SLOW] * 2


def test_a_lambda_as_entry_point_is_named() -> None:
    import gymnasium as gym

    gym.register(id="broken/Lambda-v0", entry_point=lambda **kwargs: Sound(**kwargs))
    (finding,) = check("broken/Lambda-v0", only=["gymnasium.spec"]).findings
    assert "expected text 'module:Class'" in finding.sentence


def test_the_command_prints_and_exits(capsys: pytest.CaptureFixture[str]) -> None:
    env_id = registered(next(cls for cls in BROKEN if cls.__name__ == "Unsolvable"))
    assert main(["check", env_id, "--only", "solution"]) == 1
    shown = capsys.readouterr().out
    assert "error: solution.oracle: The solution of task 0 ('mine', level 1) scores 0, expected 1" in shown
    assert "does not keep the contract (2 checks, 1 errors, 0 warnings" in shown
    assert main(["check", registered(Sound), "--only", "schema", "tasks", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert report["checks"] == ["tasks.json", "schema.described", "schema.honest", "schema.kinds"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"only": ["weather"]}, "Unknown check 'weather'; known are solution.gold"),
        ({"tasks": 1}, "At least 2 tasks"),
    ],
)
def test_faulty_arguments_are_one_sentence(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        check(DESK, **arguments)  # type: ignore[arg-type]


def test_unknown_ids_are_one_sentence() -> None:
    with pytest.raises(UserError, match="Unknown environment id 'trace/Nothing-v0'"):
        check("trace/Nothing-v0")
