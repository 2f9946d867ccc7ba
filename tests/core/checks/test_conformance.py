"""The checker: every fault is named by the check meant for it, sound environments pass, reports say what was done."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trace_gym import ToolEnv, UserError
from trace_gym.checks import CHECKS, Finding, Report, check
from trace_gym.checks.subject import Subject
from trace_gym.cli.main import main

from ..helpers import DESK
from .broken import BROKEN, Sound
from .helpers import registered

SLOW = "gymnasium.vector"
BY_NAME = {cls.__name__: cls for cls in BROKEN}


class FiveTasks(Sound):
    """Has five tasks a split."""

    @property
    def task_count(self) -> int:
        return 5


class Excused(Sound):
    """Cannot be solved, and says why."""

    waivers = {"solution.oracle": "the benchmark's own solution is wrong.", "schema": "unused."}  # noqa: RUF012

    def oracle(self) -> list[str]:
        return ["Done."]


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_each_fault_is_named_by_its_check(cls: type[ToolEnv]) -> None:
    report = check(registered(cls), only=[name for name in CHECKS if name != SLOW], tasks=8)
    severities = {finding.severity for finding in report.findings if finding.check == BROKEN[cls]}
    doubtful = BROKEN[cls].startswith("learnability") or cls.__name__ == "LostGold"
    expected = "warning" if doubtful else "error"
    assert severities == {expected}, [finding.sentence for finding in report.findings]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "MisspeltGold",
            "task 0 ('mine', level 1) cannot be made: The gold call count({'shelf': 'F1'}) does not fit its tool: ",
        ),
        ("UnknownGold", "A gold call names 'cuont', but the tools are count, clear; fix `gold`."),
        ("FailingTask", "task 0 ('mine', level 3) cannot be made: IndexError: no shelf left (tasks.py, line "),
        ("LostGold", "The gold call count({'shelf_id': 'F'}) of task 0 ('mine', level 1) is refused: no shelf F."),
    ],
)
def test_a_bad_solution_is_named_once_and_where(name: str, sentence: str) -> None:
    report = check(registered(BY_NAME[name]), only=["solution", "tasks", "schema"])
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


def test_vectors_that_differ_are_named_in_both_modes() -> None:
    report = check(registered(BY_NAME["SeedUnused"]), only=[SLOW])
    assert [finding.check for finding in report.findings] == [SLOW] * 2


def test_a_group_or_a_name_selects_checks_and_progress_names_them() -> None:
    begun: list[str] = []
    report = check(registered(Sound), only=["tasks", "schema"], tasks=2, progress=begun.append)
    assert report.checks == begun == ["tasks.json", "schema.described", "schema.honest", "schema.kinds"]
    assert report.learnability == {}


def test_a_locked_down_worker_leaves_the_fresh_process_out() -> None:
    report = check(registered(Sound), only=["determinism"], tasks=2, starts_processes=False)
    assert report.checks == ["determinism.repeats", "determinism.instances", "determinism.seed"]


def test_a_waived_finding_keeps_its_sentence_and_gives_the_reason() -> None:
    report = check(registered(Excused), only=["solution.oracle"], tasks=2)
    (finding,) = report.findings
    assert report.ok
    assert finding.severity == "waived"
    assert finding.sentence.endswith(" Waived: the benchmark's own solution is wrong.")
    assert report.of_severity("waived") == [finding]


def test_no_more_tasks_are_looked_at_than_there_are() -> None:
    report = check(registered(FiveTasks), only=["learnability"], tasks=16)
    assert report.learnability["groups"] == 5


def test_the_arguments_reach_the_environment() -> None:
    report = check(registered(BY_NAME["OnlyTheFirstLevel"]), only=["leak.terms"], kwargs={"difficulty": 2})
    assert report.ok
    with pytest.raises(UserError, match="difficulty must be 1 to 3, got 9"):
        check(registered(Sound), kwargs={"difficulty": 9})


def test_a_check_that_fails_is_a_finding_beside_what_it_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(subject: Subject) -> Iterator[Finding]:
        yield Finding("tasks.json", "A first fault.")
        raise RuntimeError("no memory\nleft")

    monkeypatch.setitem(CHECKS, "tasks.json", failing)
    report = check(registered(Sound), only=["tasks.json"], tasks=2)
    assert [finding.sentence for finding in report.findings] == [
        "A first fault.",
        "The check could not run: RuntimeError: no memory",
    ]


def test_the_module_before_the_colon_is_imported_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shelves_pack.py").write_text(
        f"from {Sound.__module__} import Sound\n"
        "from trace_gym import register_env\n"
        "register_env('shelves/Sound-v0', 'shelves_pack:Sound')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    report = check("shelves_pack:shelves/Sound-v0", only=["schema"], tasks=2)
    assert report.env_id == "shelves/Sound-v0"
    assert report.ok
    del sys.modules["shelves_pack"]


def test_a_report_is_json_and_is_ok_without_errors() -> None:
    report = Report("broken/Sound-v0", [Finding("leak", "Doubtful.", "warning")], ["leak"], seconds=1.234)
    assert report.to_json() == {
        "env_id": "broken/Sound-v0",
        "ok": True,
        "findings": [{"check": "leak", "severity": "warning", "sentence": "Doubtful."}],
        "checks": ["leak"],
        "learnability": {},
        "seconds": 1.23,
    }
    report.findings.append(Finding("leak", "Wrong."))
    assert not report.ok


def test_the_command_prints_and_exits(capsys: pytest.CaptureFixture[str]) -> None:
    env_id = registered(BY_NAME["Unsolvable"])
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
        ({"only": ["weather"]}, "Unknown check 'weather'; choose from solution.gold"),
        ({"tasks": 1}, "At least 2 tasks"),
    ],
)
def test_faulty_arguments_are_one_sentence(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        check(DESK, **arguments)  # type: ignore[arg-type]


def test_unknown_ids_are_one_sentence() -> None:
    with pytest.raises(UserError, match="Unknown environment id 'trace/Nothing-v0'"):
        check("trace/Nothing-v0")
