"""Cells on disk: hashes of what they were made from, and whose run folder it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from trace_trainers.compare.cells import (
    DONE,
    FAILED,
    Cell,
    Group,
    check_files,
    is_finished,
    read_record,
    write_record,
)
from trace_trainers.compare.config import CompareConfig, MethodConfig
from trace_trainers.compare.ledger import Entry, entries_of, write_ledger
from trace_trainers.compare.run_folder import claim
from trace_trainers.evaluation.budget import Budget

from trace_gym.errors import UserError
from trace_gym.files import read_json

CELL = Cell("routed", Group("tiny", 8, 0))


def finished(root: Path) -> Path:
    """A cell with a file of its own, and one that it shares."""
    folder = CELL.folder(root)
    folder.mkdir(parents=True)
    (folder / "episodes.jsonl").write_text("1\n")
    (root / "shared").mkdir()
    (root / "shared" / "mined.json").write_text("{}")
    write_record(root, CELL, {"status": DONE}, [root / "shared"])
    return folder


def check(root: Path) -> None:
    record = read_record(root, CELL)
    assert record is not None
    check_files(root, CELL, record, {})


def test_a_cell_that_is_as_it_was_is_accepted(tmp_path: Path) -> None:
    finished(tmp_path)
    check(tmp_path)
    record = read_record(tmp_path, CELL)
    assert record is not None
    assert len(record["files"]) == 2
    assert (record["method"], record["model"], record["pool"], record["seed"]) == ("routed", "tiny", 8, 0)


def test_what_a_kill_left_half_written_is_no_part_of_a_cell(tmp_path: Path) -> None:
    folder = CELL.folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / ".cell.json.part").write_text("{")
    (folder / ".default-100.part").mkdir()
    (folder / ".default-100.part" / "weights").write_text("x")
    write_record(tmp_path, CELL, {"status": DONE}, [])
    record = read_record(tmp_path, CELL)
    assert record is not None
    assert record["files"] == {}


@pytest.mark.parametrize("name", ["cells/tiny/pool-8/seed-0/routed/episodes.jsonl", "shared/mined.json"])
@pytest.mark.parametrize(("change", "words"), [("1\n0\n", "was changed"), (None, "is missing")])
def test_a_changed_file_is_named_with_its_cell(tmp_path: Path, name: str, change: str | None, words: str) -> None:
    finished(tmp_path)
    if change is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(change)
    with pytest.raises(UserError, match=words) as caught:
        check(tmp_path)
    assert name in str(caught.value)
    assert CELL.name in str(caught.value)


def test_a_cell_that_failed_is_tried_again_and_one_that_is_done_is_not(tmp_path: Path) -> None:
    assert not is_finished(read_record(tmp_path, CELL))
    write_record(tmp_path, CELL, {"status": FAILED, "reason": "the endpoint died"}, [])
    assert not is_finished(read_record(tmp_path, CELL))
    write_record(tmp_path, CELL, {"status": DONE}, [])
    assert is_finished(read_record(tmp_path, CELL))


def a_config(**changes: object) -> CompareConfig:
    methods = (MethodConfig("base"), MethodConfig("cat", {"weight": 1.0}, {"weight": (0.5, 1.0)}))
    return replace(CompareConfig(methods=methods), **changes)  # type: ignore[arg-type]


def test_seeds_pools_models_and_methods_may_be_added_and_left_out(tmp_path: Path) -> None:
    claim(tmp_path, a_config())
    claim(tmp_path, a_config(seeds=(0, 1), pools=(8, 0), models={"tiny": "tiny", "other": "org/other"}))
    claim(tmp_path, a_config(methods=(MethodConfig("base"), MethodConfig("sft", {"epochs": 3}))))
    assert list(read_json(tmp_path / "config.json")["methods"]) == ["base", "sft"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budget": 4096}, "budget 8192, now 4096"),
        ({"models": {"tiny": "org/other"}}, "models.tiny 'tiny', now 'org/other'"),
        ({"methods": (MethodConfig("cat", {"weight": 2.0}),)}, "methods.cat"),
    ],
)
def test_what_would_change_finished_cells_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    claim(tmp_path, a_config())
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(UserError, match="another configuration") as caught:
        claim(tmp_path, a_config(**changes))
    assert words in str(caught.value)
    assert (tmp_path / "config.json").read_bytes() == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="holds no comparison"):
        claim(tmp_path, a_config())


def test_the_ledger_adds_up_each_share_and_keeps_tuning_apart(tmp_path: Path) -> None:
    entries = entries_of(Budget({"mine": 160, "train a": 40}), {"mine": "t.jsonl", "train a": "a/train_log.jsonl"})
    ledger = write_ledger(tmp_path, {50: entries[:1], 100: entries}, [Entry("validate", 16, "v.jsonl")], [])
    assert read_json(tmp_path / "ledger.json") == ledger
    assert [ledger["counted"][share]["rollouts"] for share in ("50", "100")] == [160, 200]
    assert ledger["sweep"]["rollouts"] == 16
    assert ledger["counted"]["100"]["stages"][1] == {"stage": "train a", "rollouts": 40, "file": "a/train_log.jsonl"}
