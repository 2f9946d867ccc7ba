"""Driving an environment by hand."""

from __future__ import annotations

import io

import pytest

from trace_gym.cli.main import main

from ..helpers import desk


def play(monkeypatch: pytest.MonkeyPatch, *lines: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))
    return main(["play", "--split", "train", "--index", "3"])


def gold() -> list[str]:
    env = desk()
    env.reset(options={"index": 3})
    return env.oracle()


def test_the_solution_typed_by_hand_earns_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch, *gold()) == 0
    shown = capsys.readouterr().out
    assert shown.count("tool: ") == len(gold()) - 1
    assert "reward 1.00" in shown
    assert "outcome 1.00" in shown


def test_a_goodbye_earns_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(monkeypatch, "Done.", "never read") == 0
    assert "reward 0.00" in capsys.readouterr().out


def test_gold_shows_the_solution(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(monkeypatch, "gold", "quit") == 0
    assert "\n".join(gold()) in capsys.readouterr().out


def test_an_empty_line_shows_the_tools_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch, "", "quit") == 0
    shown = capsys.readouterr().out
    assert shown.count("get_order(order_id): Get an order's status") == 2
    assert '"speed": ["standard", "express", "priority"]' in shown


def test_errors_do_not_end_the_conversation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch, '{"name": "fly", "arguments": {}}', "quit") == 0
    assert "tool: Error: there is no tool 'fly'" in capsys.readouterr().out


def test_the_end_of_the_input_ends_the_game(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(monkeypatch) == 0
    assert "user: " in capsys.readouterr().out
