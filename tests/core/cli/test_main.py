"""The command line: help, errors, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

import trace_gym
from trace_gym.cli.main import main

from ..helpers import python

LIGHT = ["identify", "play", "rollout", "synthesize"]


@pytest.mark.parametrize("command", LIGHT)
def test_help_of_each_light_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: trace-gym {command}" in shown
    assert "Example" in shown


def test_light_commands_import_no_torch() -> None:
    code = f"""
import sys
from trace_gym.cli.main import main
for command in {LIGHT!r}:
    try:
        main([command, "--help"])
    except SystemExit:
        pass
print([m for m in ("torch", "transformers", "trl", "peft") if m in sys.modules], file=sys.stderr)
sys.exit(any(m in sys.modules for m in ("torch", "transformers", "trl", "peft")))
"""
    assert "usage: trace-gym synthesize" in python(code)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"trace-gym {trace_gym.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["rollout"], ["rollout", "--policy", "oracle"], ["play", "--indx"]]
)
def test_wrong_usage_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: trace-gym" in capsys.readouterr().err


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence a command fails with."""
    assert main(list(arguments)) == 1
    error = capsys.readouterr().err
    assert error.startswith("trace-gym: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("command", ["rollout", "play"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--env", "trace/ServiceDesk-v1"], "did you mean 'trace/ServiceDesk-v0'"),
        (["--env", "zzz"], "known ids: trace/"),
        (["--env", "CartPole-v1"], "CartPole"),
        (["--split", "test"], "Unknown split 'test'; expected one of mine, train, evaluate, demo"),
        (["--difficulty", "9"], "difficulty must be 1 to 3, got 9"),
        (["--envs", "no/such/folder"], "no/such/folder: holds no emitted environment"),
    ],
)
def test_a_faulty_environment_is_one_sentence(
    command: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    more = ["--policy", "oracle", "--tasks", "2", "--out", str(tmp_path / "t.jsonl")] if command == "rollout" else []
    assert message in failing(capsys, command, *arguments, *more)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tasks", "0"], "--tasks"),
        (["--trials", "0"], "--trials"),
        (["--batch", "0"], "batch"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_faulty_numbers_are_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    more = ["--policy", "silent", "--tasks", "2", "--out", str(tmp_path / "t.jsonl"), *arguments]
    assert message in failing(capsys, "rollout", *more)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_index_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "must be >= 0, got -1" in failing(capsys, "play", "--index", "-1")


def test_an_interrupt_exits_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("trace_gym.cli.play.run", interrupted)
    assert main(["play"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("trace_gym.cli.play.run", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["play"])
