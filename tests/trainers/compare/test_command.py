"""`trace-gym compare`: its help, and what it refuses with exit code 1 and one sentence."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest
from trace_trainers.commands import compare as command

from trace_gym.errors import UserError

from .conftest import TINY

ROOT = Path(__file__).resolve().parents[3]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="compare", exit_on_error=False)
    command.add_arguments(made)
    return made


def run(*words: str) -> int:
    return command.run(parser().parse_args(list(words)))


def test_its_examples_can_be_typed_as_they_stand() -> None:
    lines = [line.strip() for line in (command.__doc__ or "").splitlines() if line.startswith("  trace-gym ")]
    assert len(lines) >= 3
    for line in lines:
        _, name, *words = shlex.split(line)
        parsed, unknown = parser().parse_known_args(words)
        assert (name, unknown) == ("compare", [])
        assert (ROOT / parsed.config).exists()


def test_every_argument_is_explained_in_one_line() -> None:
    for action in parser()._actions:
        explained = action.help or ""
        assert explained
        assert not explained.endswith(".")
        assert "\n" not in explained


def config(tmp_path: Path, text: str) -> str:
    path = tmp_path / "x.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('model_folder = "/nowhere"\n[models]\na = "b"\n[methods.sft]\n', "does not exist"),
        ('target = "trace/Nowhere-v0"\n[methods.sft]\n', "Nowhere"),
        ("pools = [2]\n[methods.sft]\n", "too small to keep some for validation"),
        ('synthesizer = "magic"\n[methods.sft]\n', "magic"),
        ("[methods.stf]\n", "did you mean 'sft'"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        run(config(tmp_path, text), "--out", str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_tables_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no comparison"):
        run(config(tmp_path, TINY + "[methods.sft]\n"), "--out", str(tmp_path / "run"), "--tables-only")


def test_no_processes_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--jobs must be >= 1"):
        run(config(tmp_path, TINY), "--jobs", "0")
