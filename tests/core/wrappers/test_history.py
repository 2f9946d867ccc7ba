"""Observations that show the last turns."""

from __future__ import annotations

import pytest

from trace_gym.env.parsing import render_call
from trace_gym.wrappers import MessageHistory

from ..helpers import call, desk


def test_history_shows_the_last_turns() -> None:
    env = MessageHistory(desk(), 2)
    first, info = env.reset(seed=0)
    request = info["messages"][1]["content"]
    assert first == f"user: {request}"
    for k in range(4):
        text, *_ = env.step(render_call(call("get_order", order_id=f"W{k}")))
    lines = text.split("\n")
    assert lines[0] == first
    assert [line.split(":")[0] for line in lines[1:]] == ["assistant", "tool", "assistant", "tool"]
    assert '"W2"' in lines[1]
    assert lines[-1] == "tool: Error: no order W3."
    assert MessageHistory(desk(), 1, system=True).reset(seed=0)[0].startswith("system: ")


def test_the_system_message_is_shown_only_if_asked_for() -> None:
    shown = MessageHistory(desk(), 1, system=True).reset(seed=0)[0].split("\n")
    hidden = MessageHistory(desk(), 1).reset(seed=0)[0].split("\n")
    assert shown[0].startswith("system: ")
    assert shown[-1] == hidden[-1]
    assert not any(line.startswith("system: ") for line in hidden)


def test_several_calls_of_a_turn_stand_on_one_line() -> None:
    env = MessageHistory(desk(), 1)
    env.reset(seed=0)
    calls = [render_call(call("get_order", order_id=name)) for name in ("W0", "W1")]
    text, *_ = env.step("I look. " + " ".join(calls))
    lines = text.split("\n")
    assert lines[1] == f"assistant: I look. {calls[0]} {calls[1]}"
    assert lines[2:] == ["tool: Error: no order W0.", "tool: Error: no order W1."]


def test_an_empty_message_leaves_no_space_behind() -> None:
    env = MessageHistory(desk(), 1)
    env.reset(seed=0)
    text, *_ = env.step("")
    assert "\nassistant:\n" in text


def test_a_history_longer_than_the_space_loses_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace_gym.wrappers.history.MAX_CHARS", 40)
    env = MessageHistory(desk(), 5)
    env.reset(seed=0)
    text, *_ = env.step(render_call(call("get_order", order_id="W0")))
    assert len(text) == 40
    assert text.endswith("tool: Error: no order W0.")
