"""Several files as one stream: what is read, trials that stay distinct, what is left out."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trace_gym import UserError
from trace_gym.trajectories.importing import Import
from trace_gym.trajectories.readers import iter_trajectories, read_trajectories
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.record import Trajectory

from ..helpers import Talk
from .expected import EXPECTED
from .samples import NATIVE, WRITERS
from .samples.agentdojo import AGENTDOJO
from .samples.bfcl import BFCL_RESULT, wrote_bfcl
from .samples.files import packed, wrote, wrote_lines
from .samples.taus import TAU1
from .samples.toolsandbox import TOOLSANDBOX_RUN, wrote_toolsandbox


def brought(*paths: Path, **more: Any) -> tuple[list[Trajectory], Import, list[str]]:
    """The trajectories of some files, the import, and what it told."""
    told: list[str] = []
    found = Import(tell=told.append, **more)
    return list(found.trajectories(find_inputs(paths))), found, told


def ours(path: Path, *trajectories: Trajectory) -> Path:
    return wrote_lines(path, *(t.to_json() for t in trajectories))


def attempt(task: str, trial: int, said: str = "Hi", **more: Any) -> Trajectory:
    return Talk(said).trajectory(task_id=task, trial=trial, **more)


def trials(found: Sequence[Trajectory]) -> list[tuple[str, int]]:
    return [(t.task_id, t.trial) for t in found]


def test_one_file_comes_as_it_is(tmp_path: Path) -> None:
    found, record, told = brought(ours(tmp_path / "t.jsonl", *NATIVE))
    assert found == NATIVE
    assert (record.read, record.bad, record.renumbered, record.repeated, record.passed_over) == (3, 0, 0, 0, 0)
    assert told == []


def test_a_taken_trial_gets_the_first_free_one(tmp_path: Path) -> None:
    first = ours(tmp_path / "a.jsonl", attempt("x", 0), attempt("x", 2), attempt("y", 0))
    second = ours(tmp_path / "b.jsonl", attempt("x", 0, "Yo"), attempt("x", 1, "Yo"), attempt("y", 5, "Yo"))
    found, record, _ = brought(first, second)
    assert trials(found) == [("x", 0), ("x", 2), ("y", 0), ("x", 1), ("x", 3), ("y", 5)]
    assert record.renumbered == 2


def test_trials_of_other_environments_are_their_own(tmp_path: Path) -> None:
    rows = [attempt("x", 0, env_id="a/B"), attempt("x", 0, env_id="a/C")]
    found, record, _ = brought(ours(tmp_path / "t.jsonl", *rows))
    assert found == rows
    assert record.renumbered == 0


def test_equal_attempts_within_a_file_are_attempts(tmp_path: Path) -> None:
    found, record, _ = brought(
        ours(tmp_path / "t.jsonl", *[attempt("x", 0)] * 3), ours(tmp_path / "u.jsonl", *[attempt("y", 0)])
    )
    assert trials(found) == [("x", 0), ("x", 1), ("x", 2), ("y", 0)]
    assert (record.renumbered, record.repeated) == (2, 0)


def test_what_an_earlier_file_holds_is_left_out(tmp_path: Path) -> None:
    first = ours(tmp_path / "a.jsonl", attempt("x", 0), attempt("x", 1))
    second = ours(tmp_path / "b.jsonl", attempt("x", 1), attempt("x", 0, seed=3), attempt("x", 2))
    found, record, _ = brought(first, second)
    # another seed is another episode
    assert [(t.trial, t.seed) for t in found] == [(0, 0), (1, 0), (2, 3), (3, 0)]
    assert (record.renumbered, record.repeated) == (2, 1)


def test_a_copy_adds_nothing(tmp_path: Path) -> None:
    path = WRITERS["tau1"](tmp_path)
    found, record, _ = brought(path, packed(path))
    assert found == EXPECTED["tau1"]
    assert record.repeated == 2
    assert [count.read for count in record.files] == [2, 0]


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    path = ours(tmp_path / "t.jsonl", *NATIVE)
    (tmp_path / "link.jsonl").symlink_to(path)
    _, record, _ = brought(path, tmp_path, path)
    assert [(count.path, count.read) for count in record.files] == [(path, 3)]


def test_counts_are_per_file(tmp_path: Path) -> None:
    rows = [attempt("x", 0, success=True, policy="m"), attempt("x", 1, policy="n"), attempt("y", 0, policy="m")]
    path = wrote_lines(tmp_path / "t.jsonl", *(t.to_json() for t in rows), "{", "[]")
    _, record, told = brought(path, ours(tmp_path / "u.jsonl", attempt("z", 0)))
    (first, second) = record.files
    assert (first.path, first.format, first.read, first.bad, first.solved) == (path, "trace-gym", 3, 2, 1)
    assert first.models == {"m", "n"}
    assert first.attempts == {("test/Talk", "x"): 2, ("test/Talk", "y"): 1}
    assert (second.read, second.bad) == (1, 0)
    assert (record.read, record.bad) == (4, 2)
    assert [line.split(":")[0] for line in told] == ["bad", "bad"]


def test_every_format_in_one_folder(tmp_path: Path) -> None:
    for name, write in WRITERS.items():
        write(tmp_path / name)
    found, record, told = brought(tmp_path)
    assert {c.format: c.read for c in record.files} == {name: len(rows) for name, rows in EXPECTED.items()}
    assert sorted(t.env_id for t in found) == sorted(t.env_id for rows in EXPECTED.values() for t in rows)
    # the score file holds no episodes, and the scenarios' files belong to the summary
    assert [line.startswith("passed over: ") and "BFCL score file" in line for line in told] == [True]
    assert (record.bad, record.passed_over) == (0, 1)


def test_folders_are_searched_for_what_can_be_read(tmp_path: Path) -> None:
    names = ["a.json", "b.jsonl.gz", "deep/er/c.jsonl", "d.eval", "e.json.gz", ".hidden.json", ".git/f.json", "g.txt"]
    for name in [*names, "README"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = find_inputs([tmp_path])
    assert [str(one.path.relative_to(tmp_path)) for one in found] == [
        "a.json",
        "b.jsonl.gz",
        "d.eval",
        "e.json.gz",
        "deep/er/c.jsonl",
    ]
    assert all(one.found for one in found)
    assert not find_inputs([tmp_path / "g.txt"])[0].found


def test_a_dataset_or_a_toolsandbox_run_in_a_folder_is_one(tmp_path: Path) -> None:
    wrote(tmp_path / "data" / "state.json", {})
    wrote(tmp_path / "data" / "dataset_info.json", {})
    wrote_toolsandbox(tmp_path / "runs")
    found = [str(one.path.relative_to(tmp_path)) for one in find_inputs([tmp_path])]
    assert found == ["data", f"runs/{TOOLSANDBOX_RUN}/result_summary.json"]
    assert [one.path for one in find_inputs([tmp_path / "data"])] == [tmp_path / "data"]


def test_runs_of_one_task_a_file_are_counted_as_one(tmp_path: Path) -> None:
    for number in range(5):
        wrote(tmp_path / "gpt" / f"user_task_{number}.json", AGENTDOJO | {"user_task_id": f"user_task_{number}"})
    wrote(tmp_path / "gpt" / "bad.json", AGENTDOJO | {"utility": None})
    found, record, told = brought(tmp_path)
    assert len(found) == 5
    assert [(c.path, c.format, c.read, c.bad) for c in record.files] == [(tmp_path, "agentdojo", 5, 1)]
    assert str(tmp_path / "gpt" / "bad.json") in told[0]


def test_what_is_named_must_be_trajectories_but_not_what_is_found(tmp_path: Path) -> None:
    other = wrote(tmp_path / "a" / "config.json", {"some": "json"})
    good = ours(tmp_path / "a" / "t.jsonl", *NATIVE)
    found, record, told = brought(tmp_path / "a")
    assert (found, record.bad, record.passed_over) == (NATIVE, 0, 1)
    assert told == [f"passed over: {other}: no known trajectory format"]
    _, record, told = brought(good, other)
    assert (record.read, record.bad, record.passed_over) == (3, 1, 0)
    assert told[0].startswith(f"bad: {other}: no known trajectory format; expected")
    assert [(c.path, c.format, c.bad) for c in record.files] == [(good, "trace-gym", 0), (other, "", 1)]


def test_damage_in_one_file_does_not_stop_the_next(tmp_path: Path) -> None:
    broken = wrote(tmp_path / "tau1_a.json", TAU1)
    broken.write_text(broken.read_text()[:-30])
    found, record, _ = brought(broken, wrote(tmp_path / "tau1_b.json", TAU1))
    assert [t.env_id for t in found] == ["tau1/a", "tau1/b", "tau1/b"]
    assert [(c.read, c.bad) for c in record.files] == [(1, 1), (2, 0)]


def test_a_folder_of_bfcl_results_finds_their_scores(tmp_path: Path) -> None:
    wrote_bfcl(tmp_path)
    found, record, _ = brought(tmp_path / "result")
    assert found == EXPECTED["bfcl"]
    assert record.files[0].path == tmp_path / BFCL_RESULT


def test_reading_a_folder_stops_at_the_first_bad_episode(tmp_path: Path) -> None:
    wrote(tmp_path / "a.json", {"some": "json"})
    ours(tmp_path / "b.jsonl", *NATIVE)
    assert read_trajectories(tmp_path) == NATIVE
    bad = wrote_lines(tmp_path / "c.jsonl", NATIVE[0].to_json(), "{")
    episodes = iter_trajectories(tmp_path)
    assert [next(episodes) for _ in range(4)] == [*NATIVE, NATIVE[0]]
    with pytest.raises(UserError, match=r"c\.jsonl: line 2, column 2"):
        next(episodes)
    bad.unlink()
    (tmp_path / "b.jsonl").unlink()
    with pytest.raises(UserError, match="holds no trajectory"):
        read_trajectories(tmp_path)


@pytest.mark.parametrize("make", [None, "mkdir"])
def test_nothing_to_read_is_one_sentence(make: str | None, tmp_path: Path) -> None:
    place = tmp_path / "x"
    if make:
        os.mkdir(place)
    with pytest.raises(UserError, match="the folder holds no file named .json" if make else "no such file; give"):
        find_inputs([place])


def test_trials_are_whole_numbers_however_they_are_written(tmp_path: Path) -> None:
    path = wrote(tmp_path / "tau1_a.json", [TAU1[0] | {"trial": t} for t in (2.0, None, 0.5, "1", True, 10**30)])
    found, _, told = brought(path)
    assert [t.trial for t in found] == [2, 0, 10**30]
    assert [line.split("trial is ")[1] for line in told] == [
        f"{t}, expected a whole number." for t in ("0.5", "'1'", "True")
    ]


def test_what_is_given_out_can_be_written_as_one_line_each(tmp_path: Path) -> None:
    for name, write in WRITERS.items():
        write(tmp_path / name)
    found, _, _ = brought(tmp_path)
    assert len({json.dumps([t.env_id, t.task_id, t.trial]) for t in found}) == len(found)
