"""A whole small comparison through the command: killed, continued, in two processes, tampered with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from trace_trainers.grpo import step_times

from tests.chat_server import ChatServer

from .conftest import TINY

pytestmark = pytest.mark.slow
METHODS = """
[methods.routed]
sweep = { learning_rate = [0.003, 0.001] }
[methods.best_single]
[methods.target_grpo]
[methods.cat]
sweep = { weight = [0.5, 1.0] }
[methods.sft]
epochs = 1
[methods.prompt_text]
"""
# the command by its module: an installed entry point may be that of another checkout
PROGRAM = (
    "import argparse, sys; from trace_gym.errors import UserError; from trace_trainers.commands import compare as c\n"
    "if __name__ == '__main__':\n"
    "    p = argparse.ArgumentParser(); c.add_arguments(p)\n"
    "    try: sys.exit(c.run(p.parse_args()))\n"
    "    except UserError as error: sys.exit(f'trace-gym: {error}')\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    (folder / "program.py").write_text(PROGRAM)
    (folder / "x.toml").write_text(TINY + METHODS)
    return folder


def command(folder: Path, out: Path, *more: str, config: str = "x.toml") -> list[str]:
    return [sys.executable, str(folder / "program.py"), str(folder / config), "--out", str(out), *more]


def compare(folder: Path, out: Path, *more: str, config: str = "x.toml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, out, *more, config=config), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    out = folder / "whole"
    done = compare(folder, out)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "not applicable: reads no prompts" in done.stdout
    return out


def digests(out: Path) -> dict[str, str]:
    files = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name != step_times.FILE]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_every_figure_of_the_ledgers_is_a_count_of_the_file_it_names(whole: Path) -> None:
    ledgers = sorted(whole.rglob("ledger.json"))
    assert len(ledgers) == 6
    for path in ledgers:
        ledger = read(path)
        cell = read(path.with_name("cell.json"))
        for point in cell["curve"]:
            counted = ledger["counted"][str(point["share"])]
            assert counted["rollouts"] == point["rollouts"] <= 256 * point["share"] // 100
        for entry in ledger["counted"]["100"]["stages"] + ledger["sweep"]["stages"] + ledger["evaluation"]["stages"]:
            lines = (whole / entry["file"]).read_text().splitlines()
            if entry["file"].endswith("train_log.jsonl"):
                # the whole log at the whole budget, but for best_single, whose choice is paid from it too
                total = sum(json.loads(line)["rollouts"] for line in lines)
                assert 0 < entry["rollouts"] <= total
                assert cell["method"] == "best_single" or entry["rollouts"] == total
            else:
                assert entry["rollouts"] == len(lines)


def test_no_file_with_episodes_is_missing_in_the_ledgers(whole: Path) -> None:
    named = set()
    for path in whole.rglob("ledger.json"):
        ledger = read(path)
        parts = [*ledger["counted"].values(), ledger["sweep"], ledger["evaluation"]]
        named |= {entry["file"] for part in parts for entry in part["stages"]}
    found = {path.relative_to(whole).as_posix() for path in whole.rglob("*.jsonl") if path.name != step_times.FILE}
    # the base's episodes on the held-out tasks are nobody's
    assert found - named == {"shared/tiny/base/seed-0.jsonl"}


def test_held_out_tasks_are_in_no_file_that_was_learned_from(whole: Path) -> None:
    for path in whole.rglob("*.jsonl"):
        if path.name in ("train_log.jsonl", step_times.FILE):
            continue
        splits = {json.loads(line)["split"] for line in path.read_text().splitlines()}
        is_held_out = path.parent.name in ("evaluation", "base")
        assert splits == ({"evaluate"} if is_held_out else splits - {"evaluate"}), path


def test_validation_tasks_are_neither_mined_nor_collected(whole: Path) -> None:
    shared = whole / "shared/tiny/pool-32/seed-0"
    pool = read(shared / "mined.json")["pool"]
    assert not set(pool["training"]) & set(pool["validation"])

    def tasks(path: Path) -> set[int]:
        return {int(json.loads(line)["task_id"].split("/")[1]) for line in path.read_text().splitlines()}

    cells = whole / "cells/tiny/pool-32/seed-0"
    assert tasks(shared / "trajectories.jsonl") == set(pool["training"])
    assert tasks(cells / "sft/collected.jsonl") == set(pool["training"])
    for path in (cells / "routed/validation").rglob("*.jsonl"):
        assert tasks(path) <= set(pool["validation"])


def test_success_by_k_while_mining_counts_every_mined_episode(whole: Path) -> None:
    lines = (whole / "shared/tiny/pool-32/seed-0/trajectories.jsonl").read_text().splitlines()
    solved = sum(json.loads(line)["success"] for line in lines)
    by_k = read(whole / "comparison.json")["groups"][0]["mined_by_k"]
    assert set(by_k) <= {"1", "2", "3", "4"}
    assert sum(row["n"] for row in by_k.values()) == len(lines)
    assert sum(row["n"] * row["success"] for row in by_k.values()) == pytest.approx(solved)


def test_killed_again_and_again_and_ended_by_two_processes_it_leaves_the_same_files(folder: Path, whole: Path) -> None:
    out = folder / "killed"
    stages = (
        "shared/*/pool-*/*/trajectories.jsonl",
        "cells/*/*/*/sft/adapters/.*.part",
        "cells/*/*/*/target_grpo/adapters/*/checkpoints/*/whole",
        "shared/*/pool-*/*/adapters/*/*/snapshots/*",
        "cells/*/*/*/routed/validation/*/pool.jsonl",
        "cells/*/*/*/best_single/choice/*/*.jsonl",
    )
    for pattern in stages:
        process = subprocess.Popen(
            command(folder, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and process.poll() is None and not list(out.glob(pattern)):
            time.sleep(0.02)
        assert process.poll() is None, f"it ended before {pattern}"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (out / "comparison.json").exists(), "it ended before it could be killed"

    done = compare(folder, out, "--jobs", "2")
    assert done.returncode == 0, done.stderr[-3000:]
    assert digests(out) == digests(whole)


def test_a_changed_file_is_refused_and_nothing_is_touched(folder: Path, whole: Path) -> None:
    out = folder / "changed"
    shutil.copytree(whole, out)
    episodes = out / "cells/tiny/pool-32/seed-0/target_grpo/evaluation/100.jsonl"
    episodes.write_text(episodes.read_text().replace('"success": false', '"success": true'))
    before = digests(out)
    for more in ((), ("--tables-only",)):
        done = compare(folder, out, *more)
        assert done.returncode == 1
        assert "target_grpo/evaluation/100.jsonl was changed since the cell" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert digests(out) == before

    # without its folder the cell is made anew, and the others are kept
    shutil.rmtree(out / "cells/tiny/pool-32/seed-0/target_grpo")
    assert compare(folder, out).returncode == 0
    assert digests(out) == digests(whole)


def test_tables_and_page_come_from_finished_cells_alone(folder: Path, whole: Path) -> None:
    out = folder / "tables"
    shutil.copytree(whole, out)
    shutil.rmtree(out / "cells/tiny/pool-32/seed-0/cat")
    done = compare(folder, out, "--tables-only", "--page", str(folder / "page.md"))
    assert done.returncode == 0, done.stderr
    assert "| cat | not finished: 1 of 1 seeds are not finished |" in (folder / "page.md").read_text()
    assert not (out / "cells/tiny/pool-32/seed-0/cat").exists()


def test_an_archive_gives_the_same_tables_without_episodes(folder: Path, whole: Path) -> None:
    out = folder / "archived"
    done = compare(folder, whole, "--tables-only", "--archive", str(out))
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(out.rglob("*.jsonl")) + list(out.rglob("*.safetensors"))

    done = compare(folder, out)
    assert done.returncode == 0, done.stderr[-3000:]
    assert read(out / "comparison.json") == read(whole / "comparison.json")
    assert not list(out.rglob("*.jsonl")), "finished cells are not made again"


def test_a_pool_in_which_nothing_contrasts_is_a_result(folder: Path) -> None:
    text = TINY.replace('capabilities = ["error_recovery", "result_reporting"]', "").replace(
        "rollouts = 160", "rollouts = 2"
    )
    (folder / "few.toml").write_text(text.replace("pools = [32]", "pools = [8]") + "[methods.routed]\n")
    done = compare(folder, folder / "few", config="few.toml")
    assert done.returncode == 0, done.stderr[-2000:]
    base, routed = (read(folder / f"few/cells/tiny/pool-8/seed-0/{name}/cell.json") for name in ("base", "routed"))
    assert routed["reason"].startswith("nothing contrasts")
    assert routed["curve"][-1]["outcomes"] == base["curve"][-1]["outcomes"]
    assert routed["curve"][-1]["rollouts"] == 2
    assert "`routed`: nothing contrasts" in done.stdout


def test_an_endpoint_that_dies_fails_its_cell_and_no_other(folder: Path, prompt_reader: Path) -> None:
    pytest.importorskip("gepa", reason="the gepa extra is not installed")
    dying = ChatServer(lambda body: (404, "application/json", b'{"error": "gone"}'))
    methods = f'[methods.gepa]\nreflection_model = "m"\nreflection_url = "{dying.url}"\n'
    (folder / "gepa.toml").write_text(TINY + f'[models]\nreader = "{prompt_reader}"\n{methods}')
    try:
        done = compare(folder, folder / "gepa", config="gepa.toml")
    finally:
        dying.close()
    assert done.returncode == 1
    assert "answered with status 404" in done.stderr.strip().splitlines()[-1]
    cells = folder / "gepa/cells/reader/pool-32/seed-0"
    assert read(cells / "gepa/cell.json")["status"] == "failed"
    assert read(cells / "base/cell.json")["status"] == "done"
