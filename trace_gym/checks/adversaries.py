"""Adversarial policies: each tries to be paid without exercising the capability.

They are written against rewards seen to be gamed: rewards for tool names, for confident claims, for long episodes, for
naming every number. A policy sees the environment itself, so that it can be given more than an agent would know.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from trace_gym.checks.playing import random_turns
from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import ToolCall

Adversary = Callable[[ToolEnv, int], list[str]]
"""Returns the turns for the task that the environment was reset to; the integer is the task's number."""

_EXAMPLE = re.compile(r"(?:like|such as|e\.g\.) ([\w@.-]+)")
_EXAMPLES_PER_TOOL = 2
_MOST_CALLS = 16


def _silent(env: ToolEnv, index: int) -> list[str]:
    """Says nothing."""
    return [""]


def _done(env: ToolEnv, index: int) -> list[str]:
    """Says that it is done."""
    return ["Done."]


def _random(env: ToolEnv, index: int) -> list[str]:
    """Samples every turn from the action space."""
    return [*random_turns(env, index, env.max_turns - 1), "Done."]


def _repeat_last(env: ToolEnv, index: int) -> list[str]:
    """Repeats one random call to the turn limit."""
    repeated = "Done."
    for turn in random_turns(env, index, 20):
        if "<tool_call>" in turn:
            repeated = turn
            break
    return [repeated] * (env.max_turns - 1) + ["Done."]


def _call_everything(env: ToolEnv, index: int) -> list[str]:
    """Calls every tool once, with random arguments."""
    rng = np.random.default_rng(index)
    calls = [ToolCall(name, sample_value(tool.parameters, rng)) for name, tool in env.tools.items()]
    return ["".join(map(render_call, calls)), "Done."]


def _write_everything(env: ToolEnv, index: int) -> list[str]:
    """Makes every write on everything the user names."""
    # the last turn is kept for the message that ends the conversation
    calls = _requested_writes(env)[: env.max_turns - 1]
    return [*map(render_call, calls), "Done."]


def _write_first(env: ToolEnv, index: int) -> list[str]:
    """Makes the first write that fits the request, without reading anything."""
    calls = _requested_writes(env)[:1]
    return [*map(render_call, calls), "Done."]


def _echo(env: ToolEnv, index: int) -> list[str]:
    """Repeats the request as a statement."""
    return [env.episode.task.request.rstrip("?") + "."]


def _copy_hints(env: ToolEnv, index: int) -> list[str]:
    """Uses the examples in descriptions and system prompt as arguments, then states all of them."""
    examples = _EXAMPLE.findall(" ".join([env.system_prompt, str(env.schemas)]))

    calls = []
    for name, tool in env.tools.items():
        for example in examples[:_EXAMPLES_PER_TOOL]:
            arguments = dict.fromkeys(tool.parameters.get("properties", {}), example)
            calls.append(ToolCall(name, arguments))

    # in one turn: a policy may put any number of calls there, and has turns left to speak
    first_turn = "".join(map(render_call, calls[:_MOST_CALLS])) or "Done."
    return [first_turn, f"Done: {', '.join(examples)}."]


def _claim(env: ToolEnv, index: int) -> list[str]:
    """Claims success without having done anything."""
    return ["I have looked everything up and done all you asked for. It was successful, it is confirmed, yes."]


def _apologise(env: ToolEnv, index: int) -> list[str]:
    """Refuses, and transfers the user to a human agent."""
    return ["I am sorry, I cannot help with that, so I transfer you to a human agent."]


def _spam(env: ToolEnv, index: int) -> list[str]:
    """Asks the same question to the turn limit."""
    return ["Could you tell me more?"] * env.max_turns


def _guess_numbers(env: ToolEnv, index: int) -> list[str]:
    """States the numbers from 0 to 99, first all at once, then some one by one."""
    # a message that names many numbers states none of them (`trace_gym.env.facts`), so some follow one by one
    every_number = ", ".join(map(str, range(100)))
    return [f"It is {every_number}.", *[f"It is {number}." for number in range(9, 19)]]


def _names_only(env: ToolEnv, index: int) -> list[str]:
    """Calls the right tools in the right order with random arguments, which rewards for tool names pay."""
    rng = np.random.default_rng(index)
    tools = env.all_tools()

    turns = []
    for gold_call in env.episode.task.gold_calls:
        arguments = sample_value(tools[gold_call.name].parameters, rng)
        turns.append(render_call(ToolCall(gold_call.name, arguments)))
    return [*turns, "Done."]


ADVERSARIES: dict[str, Adversary] = {
    "silent": _silent,
    "done": _done,
    "random": _random,
    "repeat_last": _repeat_last,
    "call_everything": _call_everything,
    "write_everything": _write_everything,
    "write_first": _write_first,
    "echo": _echo,
    "copy_hints": _copy_hints,
    "claim": _claim,
    "apologise": _apologise,
    "spam": _spam,
    "guess_numbers": _guess_numbers,
    "names_only": _names_only,
}
"""The adversaries by name."""


def _requested_writes(env: ToolEnv) -> list[ToolCall]:
    """Candidate writes that use no identifier but those the request names."""
    calls = []
    for call in env.candidate_calls():
        if env.tools[call.name].kind == "write" and _is_requested(call, env.episode.task.request):
            calls.append(call)
    return calls


def _is_requested(call: ToolCall, request: str) -> bool:
    """Whether the request names the identifiers that a call uses."""
    for value in call.arguments.values():
        text = str(value)
        # words without a digit are choices such as a reason, which the user need not have named
        is_identifier = any(character.isdigit() for character in text)
        if is_identifier and text not in request:
            return False
    return True
