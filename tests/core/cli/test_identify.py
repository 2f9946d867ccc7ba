"""`trace-gym identify`: settings out of range, small files, and the same file from the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym.cli.main import main
from trace_gym.trajectories.record import Trajectory

from ..helpers import python
from ..trajectories.samples.files import packed, wrote_lines
from .said import refusal


@pytest.fixture(scope="module")
def recorded(desk_trajectories: list[Trajectory], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's first 40 trajectories as a file."""
    rows = [trajectory.to_json() for trajectory in desk_trajectories[:40]]
    return wrote_lines(tmp_path_factory.mktemp("identify") / "t.jsonl", *rows)


def identified(path: Path, out: Path, *more: str) -> dict[str, Any]:
    assert main(["identify", str(path), "--out", str(out), *more]) == 0
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_the_file_is_the_same_in_another_process_with_other_hashes(recorded: Path, tmp_path: Path) -> None:
    code = "import sys; from trace_gym.cli.main import main; main(['identify', *sys.argv[1:]])"
    outs = [tmp_path / "a.json", tmp_path / "b.json"]
    shown = []
    for number, out in enumerate(outs):
        shown.append(python(code, str(recorded), "--out", str(out), hash_seed=number).replace(str(out), "OUT"))
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert shown[0] == shown[1]


def test_another_seed_draws_other_resamples_of_the_same_counts(recorded: Path, tmp_path: Path) -> None:
    first, second = (identified(recorded, tmp_path / f"{seed}.json", "--seed", seed) for seed in ("1", "2"))
    counts = ("name", "lacking_failed", "present_failed", "lacking_passed", "present_passed", "coverage", "delta")
    by_name = [
        {row["name"]: [row[key] for key in counts] for row in found["capabilities"]} for found in (first, second)
    ]
    assert by_name[0] == by_name[1]
    assert (first["seed"], second["seed"]) == (1, 2)


def test_a_packed_file_gives_the_same_capabilities(recorded: Path, tmp_path: Path) -> None:
    plain = identified(recorded, tmp_path / "a.json")
    gzipped = identified(packed(recorded), tmp_path / "b.json")
    assert gzipped["capabilities"] == plain["capabilities"]


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_trajectories_select_nothing_and_are_no_error(
    count: int, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = recorded.read_text(encoding="utf-8").splitlines()[:count]
    found = identified(wrote_lines(tmp_path / "few.jsonl", *lines), tmp_path / "c.json")
    assert found["trajectories"] == count
    assert not any(row["selected"] for row in found["capabilities"])
    assert f": 0 selected, from {count} trajectories of " in capsys.readouterr().out


def rows_of(recorded: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]


def all_of(outcome: bool) -> Any:
    return lambda rows: [row | {"success": outcome, "reward": float(outcome)} for row in rows]


LIMITS = {
    "all passed": (all_of(True), "No attempt failed, so nothing can be found to be lacking"),
    "all failed": (all_of(False), "No attempt passed, so there is no contrast: coverage is all that can be told"),
    "one task": (
        lambda rows: [row | {"task_id": "mine/0", "trial": number} for number, row in enumerate(rows)],
        "All 40 attempts are at one task, so every resample of the tasks is the same",
    ),
    "duplicates": (
        lambda rows: [*rows, *rows[:7]],
        "7 episodes repeat an earlier one, word for word; each is counted, so p is smaller than it should be",
    ),
    "a duplicate": (lambda rows: [*rows, rows[3]], "1 episode repeats an earlier one"),
    "mixed targets": (
        lambda rows: [*rows[:30], *(row | {"env_id": "shop"} for row in rows[30:])],
        "2 environments are mixed, and rates are over all of them (trace/ServiceDesk-v0: 30 attempts, ",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_limits_a_log_is_said_and_no_attempt_is_lost(
    limit: str, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, sentence = LIMITS[limit]
    rows = change(rows_of(recorded))
    found = identified(wrote_lines(tmp_path / "t.jsonl", *rows), tmp_path / "c.json")

    assert sentence in " ".join(capsys.readouterr().out.split())
    assert found["trajectories"] == len(rows)
    assert found["failures"] == sum(not row["success"] for row in rows)
    assert {len(row["labels"]) for row in found["capabilities"]} == {len(rows)}
    if limit.startswith("all "):
        assert not any(row["selected"] for row in found["capabilities"])


def test_an_ordinary_log_is_not_remarked_on(recorded: Path, tmp_path: Path) -> None:
    assert identified(recorded, tmp_path / "c.json")["remarks"] == []


def test_attempts_of_one_task_and_trial_that_differ_are_no_duplicates(recorded: Path, tmp_path: Path) -> None:
    rows = [row | {"task_id": f"mine/{number // 20}", "trial": 0} for number, row in enumerate(rows_of(recorded))]
    assert identified(wrote_lines(tmp_path / "t.jsonl", *rows), tmp_path / "c.json")["remarks"] == []


def test_lines_fit_a_terminal(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identified(recorded, tmp_path / "c.json")
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 120


def test_an_earlier_file_is_replaced_and_its_folder_made(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "c.json"
    identified(recorded, out)
    before = out.read_bytes()
    out.write_text("left over")
    identified(recorded, out)
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["c.json"]


def test_a_place_that_cannot_be_written_is_one_sentence(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    out = tmp_path / "file" / "c.json"
    assert refusal(capsys, "identify", recorded, "--out", out).startswith(f"{out}: cannot be written (")
