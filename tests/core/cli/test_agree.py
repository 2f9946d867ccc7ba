"""`trace-gym agree`: what it prints of two files, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labels import Capability
from trace_gym.cli.main import main

from ..helpers import Talk
from .said import refusal


def written(path: Path, **letters: str) -> Path:
    """A `capabilities.json` with these labels of attempts that all have the same tasks."""
    count = len(next(iter(letters.values())))
    trajectories = [Talk("x").trajectory(task_id=str(n), success=n % 2 == 0) for n in range(count)]
    corpus = Corpus.from_trajectories(trajectories)
    tables = []
    for name, own in letters.items():
        tables.append(LabelTable(Capability(name, "Do it."), "people", (from_letters(own, corpus.keys),)))
    path.write_text(json.dumps(identify(corpus, tables)))
    return path


def test_kappa_and_counts_are_printed_for_each_shared_capability(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(tmp_path / "a.json", tact="LLP-P", speed="PPPPP", only_here="-----")
    second = written(tmp_path / "b.json", tact="LLPP-", speed="PPPPP")
    assert main(["agree", str(first), str(second)]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:4]}
    assert rows["tact"] == ["0.37", "3", "of", "5", "60.0", "%", "2", "1", "0", "2"]
    assert rows["speed"] == ["-", "5", "of", "5", "100.0", "%", "0", "5", "0", "0"]
    assert lines[4] == f"not compared, as not in all files: only_here ({first})"


def test_three_files_are_compared_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [written(tmp_path / f"{number}.json", tact=own) for number, own in enumerate(("LP", "LP", "LL"))]
    assert main(["agree", *map(str, files)]) == 0
    assert " 1 of 2 " in capsys.readouterr().out


def test_files_of_other_trajectories_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = written(tmp_path / "a.json", tact="LP"), written(tmp_path / "b.json", tact="LPP")
    said = refusal(capsys, "agree", first, second)
    assert said.startswith(f"{second}: made from other trajectories than {first};")


def test_files_that_share_no_capability_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = written(tmp_path / "a.json", tact="LP"), written(tmp_path / "b.json", speed="LP")
    said = refusal(capsys, "agree", first, second)
    assert said.startswith("No capability is in all files")
    assert "b.json has speed" in said


def test_one_file_alone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = written(tmp_path / "a.json", tact="LP")
    assert refusal(capsys, "agree", first) == f"`trace-gym agree` compares two files or more, got {first} alone."


@pytest.mark.parametrize("content", [{}, {"schema": "trace-gym/capabilities", "version": 1}])
def test_other_files_are_refused(content: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, other = written(tmp_path / "a.json", tact="LP"), tmp_path / "b.json"
    other.write_text(json.dumps(content))
    assert str(other) in refusal(capsys, "agree", first, other)
