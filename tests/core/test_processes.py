"""Work by several processes: the same results, in the same order, and errors that reach the caller."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import trace_gym
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.labellers.best import BestLabeller
from trace_gym.cli.main import main
from trace_gym.processes import each, jobs_for
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.testbed.planted import PlantedPolicy, planted

from .helpers import DESK, desk


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refused(number: int) -> int:
    raise ValueError(f"not {number}")


def test_results_come_in_the_order_of_the_items() -> None:
    found = list(each(squared, range(40), jobs=2))
    assert [result for result, _ in found] == [number * number for number in range(40)]
    assert os.getpid() not in {process for _, process in found}
    assert {process for _, process in each(squared, range(3))} == {os.getpid()}


def test_an_error_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="not 0"):
        list(each(refused, range(3), jobs=2))


def test_a_process_is_worth_its_start_or_is_not_made() -> None:
    assert (jobs_for(0), jobs_for(399), jobs_for(10**6) >= 1) == (1, 1, True)


def attempts(count: int) -> Corpus:
    env = desk(split="mine")
    policy = PlantedPolicy(dict(planted(0.3)))
    played = []
    for index in range(count):
        played += play_batch([env], policy, [Job(index)], seed=0, env_id=DESK)
    # the same again, word for word, under another number
    again = [type(one)(**{**vars(one), "trial": 1}) for one in played[:4]]
    return Corpus.from_trajectories([*played, *again])


def test_labels_do_not_depend_on_the_number_of_processes() -> None:
    corpus = attempts(12)
    done: list[int] = []
    one = BestLabeller(done.append).label(corpus)
    assert one == BestLabeller(jobs=2).label(corpus)
    assert sum(done) == len(corpus) == 16
    for table in one:
        labels = list(table.runs[0].values())
        assert labels[12:] == labels[:4]


def test_emitted_environments_are_known_to_every_process(tmp_path: Path) -> None:
    # under a name that no installed pack has
    shipped = Path(trace_gym.__file__).parent.parent / "envs" / "trace_envs" / "service_desk_error_recovery"
    if not shipped.exists():
        pytest.skip("the shipped environments are not beside the package")
    emitted = shutil.copytree(shipped, tmp_path / "envs" / "another_recovery")
    for file in emitted.iterdir():
        if file.is_file():
            file.write_text(file.read_text().replace("ServiceDeskErrorRecovery", "AnotherRecovery"))
    assert main(["synthesize", "--check", str(emitted)]) == 0

    log = tmp_path / "log.jsonl"
    env = ["--env", "trace/AnotherRecovery-v0", "--envs", str(emitted.parent)]
    assert main(["rollout", *env, "--split", "train", "--policy", "silent", "--tasks", "4", "--out", str(log)]) == 0
    for jobs in ("1", "2"):
        out = ["--out", str(tmp_path / f"{jobs}.json"), "--jobs", jobs]
        assert main(["identify", str(log), "--labeller", "repair", "--envs", str(emitted.parent), *out]) == 0
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    rows = json.loads((tmp_path / "1.json").read_text())["capabilities"]
    assert any("L" in row["labels"] for row in rows)


def test_no_process_at_all_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.jsonl"
    assert main(["rollout", "--policy", "silent", "--tasks", "1", "--out", str(log)]) == 0
    assert main(["identify", str(log), "--jobs", "0", "--out", str(tmp_path / "c.json")]) == 1
    assert "--jobs must be >= 1, got 0." in capsys.readouterr().err
