"""The order of the work, what a failure stops and what it does not, and that finished cells are left alone."""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.compare import work
from trace_trainers.compare.cells import DONE, FAILED, Cell, Group, read_record, write_record
from trace_trainers.compare.config import CompareConfig, MethodConfig
from trace_trainers.compare.work import Work, do_all, work_of

from trace_gym import UserError

GROUP = Group("tiny", 8, 0)
RATES = (0.001, 0.003)


def config_of(*names: str) -> CompareConfig:
    methods = []
    for name in names:
        settings = {} if name == "base" else {"learning_rate": 0.0}
        sweep = {"learning_rate": RATES} if name == "routed" else {}
        methods.append(MethodConfig(name, settings, sweep))
    return replace(CompareConfig(), pools=(8,), methods=tuple(methods))


def done_by(
    config: CompareConfig, root: Path, monkeypatch: pytest.MonkeyPatch, failing: str = ""
) -> tuple[list[str], Any]:
    order: list[str] = []

    def do(config: CompareConfig, root: Path, piece: Work) -> tuple[str, str]:
        order.append(piece.name)
        if failing and failing in piece.name:
            return "", "it broke."
        return "fine", ""

    monkeypatch.setattr(work, "do", do)
    return order, do_all(config, root, 1, lambda: None, lambda line: None)


def test_what_is_shared_is_done_once_and_before_those_that_need_it(tmp_path: Path) -> None:
    pieces = work_of(config_of("base", "routed", "best_single", "target_grpo"), tmp_path)
    names = [piece.name for piece in pieces]
    assert len(set(names)) == len(names)
    assert [name for name in names if "adapters" in name] == [
        "tiny/pool-8/seed-0: adapters, learning rate 0.001",
        "tiny/pool-8/seed-0: adapters, learning rate 0.003",
    ]
    for piece in pieces:
        assert all(pieces.index(need) < pieces.index(piece) for need in piece.needs)


def test_a_comparison_without_mining_mines_nothing(tmp_path: Path) -> None:
    assert not [piece for piece in work_of(config_of("base", "target_grpo"), tmp_path) if piece.kind == "mine"]


def test_finished_cells_are_left_alone_and_failed_ones_are_not(tmp_path: Path) -> None:
    write_record(tmp_path, Cell("base", GROUP), {"status": DONE}, [])
    write_record(tmp_path, Cell("target_grpo", GROUP), {"status": FAILED, "reason": "x"}, [])
    names = [piece.method for piece in work_of(config_of("base", "target_grpo"), tmp_path) if piece.kind == "cell"]
    assert names == ["target_grpo"]


def test_a_cell_that_fails_is_recorded_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order, failed = done_by(config_of("base", "target_grpo", "mixture"), tmp_path, monkeypatch, "target_grpo")
    assert failed == ["tiny/pool-8/seed-0: target_grpo: it broke."]
    assert order[-1].endswith("mixture")
    record = read_record(tmp_path, Cell("target_grpo", GROUP))
    assert record is not None
    assert (record["status"], record["reason"]) == (FAILED, "it broke.")


def test_what_is_shared_fails_for_all_that_need_it_and_for_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, failed = done_by(config_of("base", "routed", "target_grpo"), tmp_path, monkeypatch, "mine")
    assert failed == ["tiny/pool-8/seed-0: routed: it broke."]
    assert any(name.endswith("target_grpo") for name in order)
    assert not [name for name in order if "adapters" in name or name.endswith("routed")]


def test_in_several_processes_the_same_is_said(tmp_path: Path) -> None:
    # no such model: every piece fails in the process that it is given to
    config = replace(config_of("base", "routed", "target_grpo"), models={"tiny": str(tmp_path / "none")})
    said: list[str] = []
    failed = do_all(config, tmp_path, 2, _nothing, said.append)
    assert len(failed) == 3
    assert all("does not exist" in sentence for sentence in failed)
    assert len(said) == len(work_of(config, tmp_path))


def _nothing() -> None:
    pass


def test_a_killed_process_is_one_sentence_and_keeps_what_is_finished(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was killed, mostly for want of memory") as caught:
        do_all(config_of("base"), tmp_path, 2, functools.partial(os._exit, 9), lambda line: None)
    assert "--jobs 1" in str(caught.value)
    assert not list(tmp_path.rglob("cell.json"))
