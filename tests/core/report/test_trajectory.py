"""A trajectory as text for a person."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolCall
from trace_gym.report.trajectory import Style, render
from trace_gym.trajectories.record import Trajectory


def shown(*messages: dict[str, Any], style: Style | None = None, **fields: Any) -> list[str]:
    """The lines of a trajectory with these messages."""
    if style is None:
        style = Style()
    values: dict[str, Any] = {"env_id": "test/Talk", "task_id": "7", "reward": 1.0, "success": True, **fields}
    return render(Trajectory(messages=list(messages), **values), style).splitlines()


def calling(call_id: str, name: str, **arguments: Any) -> dict[str, Any]:
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def test_the_header_names_task_reward_and_verdict() -> None:
    assert shown()[:2] == ["test/Talk  task 7  trial 0", "reward 1, solved  model unknown"]
    assert shown(reward=0.25, success=False)[1] == "reward 0.25, not solved  model unknown"


@pytest.mark.parametrize(
    ("adapter", "who"), [("", "model m"), ("runs/lora", "model m with adapter runs/lora")], ids=["base", "adapter"]
)
def test_the_header_names_the_model_and_its_adapter(adapter: str, who: str) -> None:
    assert shown(policy="m", adapter=adapter)[1].endswith(who)


def test_only_fields_that_say_something_are_listed() -> None:
    lines = shown(terms={"outcome": 1.0, "speed": 0.5}, split="mine", gold=[ToolCall("a", {}), ToolCall("b", {})])
    assert lines[2:] == ["terms: outcome 1, speed 0.5", "split: mine", "reference: a, b"]


def test_seed_zero_is_not_listed_but_others_are() -> None:
    assert "seed: 0" not in shown(seed=0)
    assert "seed: 3" in shown(seed=3)


def test_a_broken_episode_says_why() -> None:
    assert "  broken off: the endpoint is gone" in shown(error="the endpoint is gone")


def test_a_call_is_written_with_its_arguments() -> None:
    assert '  -> get(a="ä", b=[1, 2])' in shown(calling("c1", "get", a="ä", b=[1, 2]))


def test_a_result_that_names_only_its_call_gets_the_name_of_the_tool() -> None:
    lines = shown(calling("c1", "get"), {"role": "tool", "content": "ok", "tool_call_id": "c1"})
    assert "[1] tool get" in lines


def test_a_result_of_an_unknown_call_is_a_plain_tool() -> None:
    assert "[0] tool" in shown({"role": "tool", "content": "ok", "tool_call_id": "c9"})


def test_a_failed_result_of_the_users_own_tool_says_both() -> None:
    message = {"role": "tool", "name": "reboot", "content": "no", "requestor": "user", "error": True}
    assert "[0] tool reboot (the user's own) ERROR" in shown(message)


def test_a_user_with_a_tool_of_their_own_is_marked() -> None:
    message = {**calling("c1", "reboot"), "role": "user"}
    assert "[0] user (uses a tool of their own)" in shown(message)


def test_reasoning_errors_and_error_messages_follow_the_content() -> None:
    message = {
        "role": "tool",
        "content": "no",
        "error_message": "disk full",
        "errors": ["E1"],
        "reasoning_content": "hm",
    }
    assert shown(message)[-4:] == ["  no", "  disk full", '  (reasoning: "hm")', '  (errors: ["E1"])']


def test_content_that_is_no_text_is_json() -> None:
    assert '  [{"type": "image"}]' in shown({"role": "user", "content": [{"type": "image"}]})


@pytest.mark.parametrize("role", ["tool", "system"])
def test_long_results_and_instructions_are_shortened(role: str) -> None:
    lines = shown({"role": role, "content": "x" * 1000}, style=Style(longest=100))
    assert lines[-1] == "  … 900 more characters (--full)"


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_is_said_is_never_shortened(role: str) -> None:
    lines = shown({"role": role, "content": "x" * 1000}, style=Style(longest=100))
    assert sum(line.count("x") for line in lines) == 1000


@pytest.mark.parametrize(("length", "is_cut"), [(110, False), (111, True)])
def test_a_text_a_tenth_too_long_is_still_shown_whole(length: int, is_cut: bool) -> None:
    lines = shown({"role": "tool", "content": "x" * length}, style=Style(width=300, longest=100))
    assert lines[-1].endswith("(--full)") == is_cut


def test_without_a_limit_nothing_is_shortened() -> None:
    lines = shown({"role": "tool", "content": "x" * 5000}, style=Style(longest=None))
    assert sum(line.count("x") for line in lines) == 5000


def test_lines_keep_their_indentation_and_blank_lines() -> None:
    lines = shown({"role": "user", "content": "a\n\n    b"})
    assert lines[-3:] == ["  a", "", "      b"]


@pytest.mark.parametrize("width", [20, 40, 77])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    message = {"role": "user", "content": "    deep " + "word " * 100}
    assert max(map(len, shown(message, task_id="1", style=Style(width=width))[3:])) <= width


def test_control_characters_do_not_reach_the_terminal() -> None:
    message = {"role": "tool", "name": "a\x1b[2J", "content": "\x1b]0;title\x07"}
    text = "\n".join(shown(message, policy="m\x1b[31m", error="\x1b[1m"))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_colors_are_added_only_when_asked() -> None:
    message = {"role": "tool", "content": "no", "error": True}
    plain, colored = shown(message), shown(message, style=Style(colour=True))
    assert "\x1b" not in "".join(plain)
    assert "\x1b[31m[0] tool ERROR\x1b[0m" in colored
