"""Whatever a policy writes, the answer is an observation: the environment does not crash, hang, or suffer damage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import Played, play, solve
from trace_gym.checks.subject import Subject
from trace_gym.env.tool_env import ToolEnv

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
"""Turns that every environment must survive: broken JSON, control characters, lone surrogates, a megabyte."""
_SHOWN = 80


def texts(subject: Subject) -> Iterator[Finding]:
    """Checks every turn of `TEXTS`.

    Yields:
        `robustness.text`.
    """
    for text in TEXTS:
        fault = _fault(subject, text)
        if fault is not None:
            yield Finding("robustness.text", fault)


def values(subject: Subject) -> Iterator[Finding]:
    """Checks values of every type in every argument of every tool.

    Yields:
        `robustness.arguments`, for the first turn that fails.
    """
    env = subject.make()
    # half the turns leave room for the solution, which is played after the odd turns
    size = max(1, env.max_turns // 2)

    for name, tool in env.tools.items():
        turns = _odd_calls(name, list(tool.parameters.get("properties", {})))
        for start in range(0, len(turns), size):
            batch = turns[start : start + size]
            if _is_harmless(subject, batch):
                continue

            # an episode a turn is several times slower, and needed only to tell which turn it was
            for turn in batch:
                fault = _fault(subject, turn)
                if fault is not None:
                    yield Finding("robustness.arguments", fault)
                    return


def _odd_calls(name: str, arguments: list[str]) -> list[str]:
    """Calls of one tool: without arguments, with one too many, with each odd value in all arguments."""
    argument_sets: list[dict[str, Any]] = [{}, {"surplus": 1}]
    for value in _ODD_VALUES:
        argument_sets.append(dict.fromkeys(arguments, value))

    turns = []
    for argument_set in argument_sets:
        call = json.dumps({"name": name, "arguments": argument_set}, ensure_ascii=False)
        turns.append(f"<tool_call>{call}</tool_call>")
    return turns


def _play_odd(env: ToolEnv, turns: list[str]) -> Played:
    """Takes odd turns, then plays the solution, then stays silent until the episode ends."""
    env.reset(options={"index": 0})
    return play(env, 0, [*turns, *env.oracle(), *[""] * env.max_turns])


def _is_harmless(subject: Subject, turns: list[str]) -> bool:
    """Whether a batch of odd turns in one episode surely has none that `_fault` would object to."""
    env = subject.make()
    try:
        played = _play_odd(env, turns)
        # an episode that ends earlier leaves some turns untried
        all_taken = len(played.rewards) > len(turns)
        return all_taken and _observations_fit(env, played) and _still_solvable(env)
    except Exception:
        return False


def _fault(subject: Subject, turn: str) -> str | None:
    """What is wrong with an episode that opens with an odd turn, or with the solution played after it."""
    env = subject.make()
    shown = json.dumps(turn)
    if len(turn) >= _SHOWN:
        shown = json.dumps(turn[: _SHOWN - 3] + "...")

    try:
        played = _play_odd(env, [turn])
    except Exception as error:
        return f"An episode with the turn {shown} raises {type(error).__name__}: {error}; return an observation."
    if not _observations_fit(env, played):
        return f"The turn {shown} gives an observation outside observation_space."
    if not _still_solvable(env):
        return f"After the turn {shown} and a reset the solution no longer scores 1."
    return None


def _still_solvable(env: ToolEnv) -> bool:
    try:
        return solve(env, 0).solved
    except Exception:
        return False


def _observations_fit(env: ToolEnv, played: Played) -> bool:
    return all(observation in env.observation_space for observation in played.observations)
