"""What holds of every trajectory that is shown, and of every table of results."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.report.capabilities import render_capabilities
from trace_gym.report.evaluation import render_evaluation
from trace_gym.report.trajectory import Style, render
from trace_gym.trajectories.record import Trajectory

TEXT = st.text(st.characters(codec=None), max_size=60)
CONTENT = TEXT | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}), max_size=2)
ROLES = st.sampled_from(["system", "user", "assistant", "tool"])
CALL = st.fixed_dictionaries(
    {
        "id": TEXT,
        "type": st.just("function"),
        "function": st.fixed_dictionaries({"name": TEXT, "arguments": st.dictionaries(TEXT, TEXT, max_size=2)}),
    }
)
MESSAGE = st.fixed_dictionaries(
    {"role": ROLES, "content": CONTENT},
    optional={
        "name": TEXT,
        "error": st.booleans(),
        "error_message": TEXT,
        "reasoning_content": TEXT,
        "tool_calls": st.lists(CALL, max_size=2),
    },
)
TRAJECTORY = st.builds(
    Trajectory,
    env_id=TEXT,
    task_id=TEXT,
    messages=st.lists(MESSAGE, max_size=4),
    reward=st.floats(0, 1),
    success=st.booleans(),
    policy=TEXT,
    adapter=TEXT,
    error=TEXT,
    termination=TEXT,
    settings=st.dictionaries(TEXT, TEXT, max_size=2),
)
STYLES = st.builds(Style, st.integers(40, 120), st.none() | st.integers(1, 200))
PAINT = re.compile(r"\x1b\[\d+m")


@given(TRAJECTORY, STYLES)
def test_nothing_in_a_record_steers_the_terminal_or_breaks_its_encoding(trajectory: Trajectory, style: Style) -> None:
    shown = render(trajectory, style)
    shown.encode("utf-8")
    assert not any(ord(character) < 0x20 or ord(character) == 0x7F for character in shown.replace("\n", ""))


@given(TRAJECTORY, STYLES)
def test_every_message_has_a_title_with_its_number(trajectory: Trajectory, style: Style) -> None:
    lines = render(trajectory, style).splitlines()
    for number, message in enumerate(trajectory.messages):
        titles = [line for line in lines if line.startswith(f"[{number}] {message['role']}")]
        assert titles


@given(TRAJECTORY, st.integers(40, 120), st.none() | st.integers(1, 200))
def test_colours_change_nothing_but_colours(trajectory: Trajectory, width: int, longest: int | None) -> None:
    plain = render(trajectory, Style(width, longest))
    painted = render(trajectory, Style(width, longest, colour=True))
    assert PAINT.sub("", painted) == plain
    assert painted.count("\x1b[") % 2 == 0


@given(TRAJECTORY)
def test_a_shorter_view_has_no_more_characters(trajectory: Trajectory) -> None:
    whole, short = (render(trajectory, Style(100, longest)) for longest in (None, 20))
    notes = sum(len(line) for line in short.splitlines() if "more characters (--full)" in line)
    assert len(short) - notes <= len(whole) + 2


@pytest.mark.parametrize("content", [[{"type": "text", "text": "Grüße ✈"}], {"a": "Grüße ✈"}, "Grüße ✈"])
def test_letters_beyond_ascii_are_shown_as_they_are_in_content_of_any_form(content: Any) -> None:
    messages = [{"role": "user", "content": content}]
    assert "Grüße ✈" in render(Trajectory("a/B", "1", messages, 0.0, False), Style())


def capability(name: str, **changes: Any) -> dict[str, Any]:
    counts = {"lacking_failed": 30, "present_failed": 10, "lacking_passed": 2, "present_passed": 18}
    rates = {"coverage": 0.6, "error_rate_failed": 0.75, "error_rate_passed": 0.1, "delta": 0.65, "q": 0.004}
    row = {"name": name, "selected": True, "runs_passed": 10, "runs": 10, "delta_interval": [0.5, 0.8]}
    return {**row, **counts, **rates, **changes}


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"selected": False}, "no"),
        ({"runs_passed": 3, "runs": 5}, "3/5"),
        ({"delta": -0.004}, "-0.00"),
        ({"delta_interval": [-0.125, 1.0]}, "[-0.12, 1.00]"),
        ({"coverage": 0.999}, "1.00"),
        ({"lacking_failed": 12345}, "12345"),
        ({"q": None}, "-"),
    ],
)
def test_a_changed_number_changes_its_own_cell_alone(changes: dict[str, Any], cell: str) -> None:
    def cells(row: dict[str, Any]) -> list[str]:
        line = render_capabilities({"capabilities": [row]}).splitlines()[2]
        return re.split(r"\s{2,}", line.strip())

    before, after = cells(capability("error_recovery")), cells(capability("error_recovery", **changes))
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert differing == [cell]


def test_one_agent_alone_is_shown_without_a_comparison() -> None:
    base = {"success_rate": 1.0, "interval": [0.9, 1.0], "n": 1, "rollouts": {"total": 0}}
    header, _, line = render_evaluation({"agents": {"base": base}, "pairs": []}).splitlines()
    assert header.split()[0] == "agent"
    assert re.split(r"\s{2,}", line) == ["base", "0", "100.0 %", "[90.0, 100.0]", "1"]


def test_only_the_pair_with_base_as_the_first_is_the_gain() -> None:
    agent = {"success_rate": 0.5, "interval": [0.4, 0.6], "n": 10, "rollouts": {"total": 7}}
    pair = {"first": "routed", "second": "base", "difference": 0.3, "interval": [0.1, 0.5], "p": 0.01}
    shown = render_evaluation({"agents": {"base": agent, "routed": agent}, "pairs": [pair]})
    assert "+30.0" not in shown
