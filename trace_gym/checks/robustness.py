"""Whatever a policy writes, the answer is an observation; the environment neither crashes nor hangs nor is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gymnasium.error import ResetNeeded

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, digest, play, solve

_ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "",
    "é中🙂",
    "x" * 10_000,
    "\u202e\0",
    [],
    {},
    [[]],
    {"a": {"a": 1}},
    "'; --",
)
TEXTS = (
    "",
    " ",
    "\0",
    "é中🙂\u202e",
    "\ud800",
    "<tool_call>",
    "<tool_call></tool_call>",
    "<tool_call>{</tool_call>",
    '<tool_call>{"name": "a", "arguments": {"b": NaN}}</tool_call>',
    '<tool_call>{"name": "a", "arguments": {"b": 1, "b": 2}}</tool_call>',
    '<tool_call>{"name": "a", "arguments": ' + "[" * 2000 + "]" * 2000 + "}</tool_call>",
    '<tool_call>{"name": "no_such_tool", "arguments": {}}</tool_call>',
    '{"name": "a", "arguments": "{}"} {"name": 3}',
    "```json\n[]\n```",
    "x" * 1_000_000,
    "\ufeff{}",
)
"""Turns that no environment may trip over."""


def texts(subject: Subject) -> Iterator[Finding]:
    """robustness.text: broken JSON, control characters, lone surrogates, a megabyte."""
    for text in TEXTS:
        yield from _tried(subject, text, "robustness.text")


def values(subject: Subject) -> Iterator[Finding]:
    """robustness.arguments: values of every type in every argument of every tool."""
    env = subject.make()
    for name, tool in env.tools.items():
        names = list(tool.parameters.get("properties", {}))
        calls = [{}, {"surplus": 1}, *({argument: value for argument in names} for value in _ODD_VALUES)]
        rows = [json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False) for arguments in calls]
        turns = [f"<tool_call>{row}</tool_call>" for row in rows]
        size = max(1, env.max_turns // 2)
        for start in range(0, len(turns), size):
            if _harmless(subject, turns[start : start + size]):
                continue
            # one by one, to name the turn
            for turn in turns[start : start + size]:
                found = list(_tried(subject, turn, "robustness.arguments"))
                if found:
                    yield found[0]
                    return


def ending(subject: Subject) -> Iterator[Finding]:
    """robustness.end: after the end, and before the start, step asks for a reset."""
    env = subject.make()
    for when in ("before reset", "after the end"):
        try:
            env.step("Done.")
        except ResetNeeded:
            pass
        except Exception as error:
            yield Finding("robustness.end", f"step {when} raises {type(error).__name__}, expected ResetNeeded.")
        else:
            yield Finding("robustness.end", f"step {when} is answered, expected Gymnasium's ResetNeeded.")
        solve(env, 0)


def limits(subject: Subject) -> Iterator[Finding]:
    """robustness.limit: an episode in which nothing useful happens ends at the turn limit."""
    env = subject.make()
    played = play(env, 0, ["Is that so?"] * (env.max_turns + 1))
    if not played.over or len(played.rewards) > env.max_turns:
        yield Finding("robustness.limit", f"The episode goes on after max_turns = {env.max_turns} turns; truncate it.")


def isolation(subject: Subject) -> Iterator[Finding]:
    """robustness.isolation: what a policy does with infos must not reach the environment."""
    untouched = solve(subject.make(), 0)
    env = subject.make()
    _, info = env.reset(options={"index": 0})
    turns, reward = env.oracle(), untouched.reward
    for turn in turns:
        _scribble(info)
        _, reward, terminated, truncated, info = env.step(turn)
        if terminated or truncated:
            break
    if reward != untouched.reward or digest(solve(env, 0)) != digest(untouched):
        yield Finding(
            "robustness.isolation",
            "Writing into what info holds changes the reward, or later episodes; hand out copies.",
        )


def _scribble(info: dict[str, Any]) -> None:
    """Empties what an info holds, to the bottom."""
    for message in info["messages"]:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"].clear()
        message["content"] = ""
    for shown in info["tools"]:
        shown.clear()
    info["messages"].clear()
    info["tools"].clear()


def _harmless(subject: Subject, turns: list[str]) -> bool:
    """Whether odd turns, all taken in one episode that then goes on to its end, do nothing that `_tried` would tell."""
    env = subject.make()
    env.reset(options={"index": 0})
    rest = [*env.oracle(), *[""] * env.max_turns]
    try:
        played = play(env, 0, [*turns, *rest])
        taken = len(played.rewards) > len(turns)  # an episode that ends earlier leaves some untried
        inside = all(observation in env.observation_space for observation in played.observations)
        return taken and inside and abs(solve(env, 0).reward - 1.0) <= 1e-9
    except Exception:
        return False


def _tried(subject: Subject, text: str, check: str) -> Iterator[Finding]:
    """Takes an odd turn and goes on to the end of the episode; then the solution must not have been harmed by it."""
    env = subject.make()
    env.reset(options={"index": 0})
    rest = [*env.oracle(), *[""] * env.max_turns]
    shown = json.dumps(text if len(text) < 80 else text[:77] + "...")
    try:
        played = play(env, 0, [text, *rest])
    except Exception as error:
        yield Finding(
            check,
            f"An episode with the turn {shown} raises {type(error).__name__}: {error}; answer it with an observation.",
        )
        return
    if any(observation not in env.observation_space for observation in played.observations):
        yield Finding(check, f"The turn {shown} gives an observation outside observation_space.")
    elif abs(solve(env, 0).reward - 1.0) > 1e-9:
        yield Finding(check, f"After the turn {shown} and a reset the solution no longer scores 1.")
