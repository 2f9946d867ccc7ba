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
    assert shown.count("get_order(order_id): Get an order's record") == 2
    assert '"speed": ["express", "priority", "courier", "van", "bike"]' in shown


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


def said_to(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: str) -> list[str]:
    """What is answered to lines typed one after another, without the way there."""
    assert play(monkeypatch, *lines, "quit") == 0
    return capsys.readouterr().out.split("you: ")[1:]


@pytest.mark.parametrize("typed", ['{"name": "get_order"', "{}", "get_order(", 'get_order("W1")', "{'name': 3}"])
def test_what_was_meant_as_a_call_is_not_said_to_the_user(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, _ = said_to(monkeypatch, capsys, typed)
    assert answer.startswith(("That is not a call that can be read. To call a tool write", "tool: Error"))


def test_gold_shown_twice_is_the_same_and_costs_no_turn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *rest = said_to(monkeypatch, capsys, "gold", "gold", *gold())
    assert first == second
    assert "reward 1.00" in rest[-1]
