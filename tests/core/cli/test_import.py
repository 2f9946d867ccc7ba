"""`trace-gym import`: what is written, what is told, exit codes."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trace_gym.cli.main import main
from trace_gym.trajectories.readers import read_trajectories

from ..trajectories.expected import EXPECTED
from ..trajectories.samples import NATIVE, WRITERS
from ..trajectories.samples.bfcl import BFCL, BFCL_SCORES
from ..trajectories.samples.chats import CHAT
from ..trajectories.samples.files import wrote, wrote_lines
from ..trajectories.samples.taus import TAU1

needs_datasets = pytest.mark.skipif(not importlib.util.find_spec("datasets"), reason="datasets is not installed")


def imports(*arguments: object) -> int:
    return main(["import", *(str(argument) for argument in arguments)])


def sentence(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence an import that is refused ends with."""
    assert imports(*arguments) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("trace-gym: ")
    return error


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return wrote(tmp_path / "tau1_shop.json", TAU1)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A file of which one episode of three is bad."""
    return wrote(tmp_path / "tau1_shop.json", [*TAU1, {"traj": []}])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return wrote(tmp_path / "tau1_shop.json", [{"traj": []}])


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_imported(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "out.jsonl"
    assert imports(WRITERS[name](tmp_path), "--out", out) == 0
    assert read_trajectories(out) == EXPECTED[name]
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == f"{out}: {len(EXPECTED[name])} trajectories"
    assert shown.err == ""
    assert names(out.parent) == ["out.jsonl"]


def test_what_was_read_is_told_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row | {"model": f"m{n}", "task_id": 1} for n, row in enumerate(CHAT)]
    chats = wrote_lines(tmp_path / "a" / "chats.jsonl", *rows, {"messages": []})
    wrote(tmp_path / "a" / "config.json", {"some": "json"})
    native = wrote_lines(tmp_path / "a" / "t.jsonl", *(t.to_json() for t in NATIVE))
    copy = wrote_lines(tmp_path / "a" / "u.jsonl", *(t.to_json() for t in NATIVE))
    assert imports(tmp_path / "a", "--out", tmp_path / "out.jsonl") == 3
    shown = capsys.readouterr()
    header, _, *lines = shown.out.splitlines()
    assert header.split() == ["file", "format", "read", "bad", "models", "tasks", "x", "trials", "solved"]
    assert lines[0].split() == [str(chats), "chat", "3", "1", "m0,", "m1,", "m2", "1", "x", "3", "33.3%"]
    assert lines[1].split() == [str(native), "trace-gym", "3", "0", "m", "2", "x", "1-2", "33.3%"]
    assert lines[2].split() == [str(copy), "trace-gym", "0", "0", "-", "-", "-"]
    assert lines[3:] == [
        "3 left out: equal to an episode of an earlier file",
        "1 files of the folders passed over: no trajectories",
        f"{tmp_path / 'out.jsonl'}: 6 trajectories, 1 bad ones left out",
    ]
    told = shown.err.splitlines()
    assert told[0].startswith(f"bad: {chats}: line 4: has no reward")
    assert told[1].startswith(f"passed over: {tmp_path / 'a' / 'config.json'}: no known trajectory format")


def test_new_trial_numbers_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote(tmp_path / "tau1_shop.json", [TAU1[0], TAU1[0]])
    assert imports(path, "--out", tmp_path / "out.jsonl") == 0
    assert "1 got another trial number: an earlier episode had theirs" in capsys.readouterr().out
    assert [t.trial for t in read_trajectories(tmp_path / "out.jsonl")] == [1, 0]


def test_bad_episodes_are_left_out_and_end_with_three(
    mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imports(mixed, "--out", tmp_path / "out.jsonl") == 3
    assert read_trajectories(tmp_path / "out.jsonl") == EXPECTED["tau1"]
    assert capsys.readouterr().err == f"bad: {mixed}: episode 2: has no 'reward'.\n"


def test_nothing_good_writes_nothing(bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing was read that could be used; nothing is written." in sentence(
        capsys, bad, "--out", tmp_path / "out.jsonl"
    )
    assert names(tmp_path) == ["tau1_shop.json"]


def test_strict_writes_nothing_if_one_is_bad(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    assert "1 bad (above) and --strict; nothing is written." in sentence(capsys, mixed, "--out", out, "--strict")
    assert names(tmp_path) == ["tau1_shop.json"]
    wrote(mixed, TAU1)
    assert imports(mixed, "--out", out, "--strict") == 0


@pytest.mark.parametrize("more", [(), ("--strict",)])
def test_nothing_is_overwritten(
    more: tuple[str, ...], good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    assert f"{out}: already exists; choose another --out, or replace it by --force." in sentence(
        capsys, good, "--out", out, *more
    )
    assert out.read_text() == "mine"
    assert imports(good, "--out", out, "--force", *more) == 0
    assert read_trajectories(out) == EXPECTED["tau1"]


@pytest.mark.parametrize("case", ["bad", "strict"])
def test_force_keeps_what_was_there_where_nothing_is_written(case: str, tmp_path: Path) -> None:
    path = wrote(tmp_path / "tau1_shop.json", [*(TAU1 if case == "strict" else []), {"traj": []}])
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    assert imports(path, "--out", out, "--force", *(["--strict"] if case == "strict" else [])) == 1
    assert out.read_text() == "mine"
    assert names(tmp_path) == ["out.jsonl", "tau1_shop.json"]


def test_what_is_read_is_not_written_over(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = good.read_bytes()
    assert "is also read from; choose another --out" in sentence(capsys, tmp_path, "--out", good, "--force")
    assert good.read_bytes() == before


def test_places_that_cannot_be_written_are_one_sentence(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "needs --out FILE, --hf DIR, or both" in sentence(capsys, good)
    (tmp_path / "folder").mkdir()
    assert "is a folder; choose another --out" in sentence(capsys, good, "--out", tmp_path / "folder", "--force")
    assert f"{good}: cannot be made" in sentence(capsys, good, "--out", good / "out.jsonl")
    assert "no such file; give a trajectories file or a folder" in sentence(
        capsys, tmp_path / "none.json", "--out", tmp_path / "out.jsonl"
    )
    assert names(tmp_path) == ["folder", "tau1_shop.json"]


def test_options_reach_the_readers(tmp_path: Path) -> None:
    results = wrote_lines(tmp_path / "r.json", *BFCL)
    scores = wrote_lines(tmp_path / "s.json", *BFCL_SCORES)
    assert imports(results, "--scores", scores, "--format", "bfcl", "--out", tmp_path / "bfcl.jsonl") == 0
    assert [t.reward for t in read_trajectories(tmp_path / "bfcl.jsonl")] == [1.0, 0.0, 0.0]
    chats = wrote_lines(tmp_path / "c.jsonl", CHAT[0] | {"quality": 0.75})
    assert imports(chats, "--reward", "quality", "--out", tmp_path / "chats.jsonl") == 0
    assert read_trajectories(tmp_path / "chats.jsonl")[0].reward == 0.75


@needs_datasets
def test_a_dataset_is_written_and_imported_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = WRITERS["tau2"](tmp_path), tmp_path / "out.jsonl"
    assert imports(path, "--hf", tmp_path / "data", "--out", out) == 0
    assert f"{out} and {tmp_path / 'data'}: 2 trajectories" in capsys.readouterr().out
    assert names(tmp_path) == ["data", "out.jsonl", "results.json"]
    assert "already exists; choose another --hf, or replace it by --force" in sentence(
        capsys, path, "--hf", tmp_path / "data"
    )
    assert imports(tmp_path / "data", "--out", tmp_path / "again.jsonl") == 0
    assert (tmp_path / "again.jsonl").read_bytes() == out.read_bytes()
    assert imports(wrote(tmp_path / "tau1_shop.json", TAU1), "--hf", tmp_path / "data", "--force") == 0
    assert read_trajectories(tmp_path / "data") == EXPECTED["tau1"]


@needs_datasets
def test_force_replaces_no_folder_of_other_files(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = wrote(tmp_path / "work" / "thesis.json", {})
    assert "holds other files than a dataset; choose another --hf" in sentence(
        capsys, good, "--hf", kept.parent, "--force"
    )
    assert kept.exists()
    assert "is no folder; choose another --hf" in sentence(capsys, good, "--hf", kept, "--force")


def test_a_dataset_needs_its_package(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert "pip install datasets" in sentence(capsys, good, "--hf", tmp_path / "data", "--out", tmp_path / "out.jsonl")
    assert names(tmp_path) == ["tau1_shop.json"]


def test_an_interrupt_leaves_nothing_behind(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trace_gym.trajectories.importing._add", interrupted)
    assert imports(good, "--out", tmp_path / "out.jsonl") == 130
    assert names(tmp_path) == ["tau1_shop.json"]


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_pipe_that_nobody_reads_does_not_stop_it(closed: str, mixed: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "trace_gym.cli.main", "import", str(mixed), "--out", str(tmp_path / "out.jsonl")],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writing},  # type: ignore[call-overload]
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == 3
    assert b"Traceback" not in (done.stderr or b"")
    assert read_trajectories(tmp_path / "out.jsonl") == EXPECTED["tau1"]


def test_names_in_a_file_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [CHAT[2] | {"model": "\x1b[2J" + "m" * 80}, {"messages": [], "reward": "\x1b[2J"}]
    assert imports(wrote_lines(tmp_path / "c.jsonl", *rows), "--out", tmp_path / "out.jsonl") == 3
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "…" in shown.out
    # the file itself keeps them
    assert json.loads((tmp_path / "out.jsonl").read_text())["policy"].startswith("\x1b[2J")
