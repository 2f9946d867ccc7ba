"""Policies that try to be paid without exercising anything; each must stay under the floor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, play, random_turns
from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import ToolCall

FLOOR = 0.2
"""The mean reward an adversary must stay below."""
Adversary = Callable[[ToolEnv, int], list[str]]
"""Writes the turns for the task that `env` was reset to; `int` is the task's number."""

_QUOTED = re.compile(r"(?:like|such as|e\.g\.) ([\w@.-]+)")


def _silent(env: ToolEnv, index: int) -> list[str]:
    return [""]


def _done(env: ToolEnv, index: int) -> list[str]:
    return ["Done."]


def _random(env: ToolEnv, index: int) -> list[str]:
    return [*random_turns(env, index, env.max_turns - 1), "Done."]


def _repeat_last(env: ToolEnv, index: int) -> list[str]:
    call = next((t for t in random_turns(env, index, 20) if "<tool_call>" in t), "Done.")
    return [call] * (env.max_turns - 1) + ["Done."]


def _call_everything(env: ToolEnv, index: int) -> list[str]:
    rng = np.random.default_rng(index)
    calls = [ToolCall(name, sample_value(tool.parameters, rng)) for name, tool in env.tools.items()]
    return ["".join(map(render_call, calls)), "Done."]


def _write_everything(env: ToolEnv, index: int) -> list[str]:
    """Every write on everything the user names."""
    calls = [c for c in env.candidate_calls() if env.tools[c.name].kind == "write" and _named(env, c)]
    return [*map(render_call, calls[: env.max_turns - 1]), "Done."]


def _write_first(env: ToolEnv, index: int) -> list[str]:
    """The first write that fits the request, nothing read before."""
    calls = [c for c in env.candidate_calls() if env.tools[c.name].kind == "write" and _named(env, c)]
    return [*map(render_call, calls[:1]), "Done."]


def _echo(env: ToolEnv, index: int) -> list[str]:
    return [env.episode.task.request.rstrip("?") + "."]


def _copy_hints(env: ToolEnv, index: int) -> list[str]:
    """Calls with the examples that descriptions and the system prompt give, then all of them said."""
    hints = _QUOTED.findall(" ".join([env.system_prompt, str(env.schemas)]))
    calls = [
        ToolCall(name, dict.fromkeys(tool.parameters.get("properties", {}), hint))
        for name, tool in env.tools.items()
        for hint in hints[:2]
    ]
    return ["".join(map(render_call, calls[:16])) or "Done.", f"Done: {', '.join(hints)}."]


def _claim(env: ToolEnv, index: int) -> list[str]:
    return ["I have looked everything up and done all you asked for. It was successful, it is confirmed, yes."]


def _apologise(env: ToolEnv, index: int) -> list[str]:
    return ["I am sorry, I cannot help with that, so I transfer you to a human agent."]


def _spam(env: ToolEnv, index: int) -> list[str]:
    return ["Could you tell me more?"] * env.max_turns


def _guess_numbers(env: ToolEnv, index: int) -> list[str]:
    return ["It is " + ", ".join(map(str, range(0, 100))) + ".", *[f"It is {n}." for n in range(9, 19)]]


def _names_only(env: ToolEnv, index: int) -> list[str]:
    """The right tools in the right order, with arguments drawn at random: rewards for tool names pay this."""
    rng = np.random.default_rng(index)
    names, tools = [call.name for call in env.episode.task.gold_calls], env.all_tools()
    return [*(render_call(ToolCall(n, sample_value(tools[n].parameters, rng))) for n in names), "Done."]


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


def adversaries(subject: Subject) -> Iterator[Finding]:
    """adversary.<name>: the mean reward of each adversary."""
    env = subject.make()
    for name, write in ADVERSARIES.items():
        rewards = []
        for index in range(subject.tasks):
            env.reset(options={"index": index})
            rewards.append(play(env, index, write(env, index)).reward)
        mean = float(np.mean(rewards))
        if mean >= FLOOR:
            what = " ".join((write.__doc__ or name.replace("_", " ")).split()).rstrip(".").lower()
            yield Finding(
                f"adversary.{name}",
                f"The policy {name!r} ({what}) earns {mean:.2f} on average over {subject.tasks} tasks, expected less "
                f"than {FLOOR}; pay for what it skips.",
            )


def _named(env: ToolEnv, call: ToolCall) -> bool:
    """Whether the request names the identifiers a call uses."""
    texts = [str(value) for value in call.arguments.values()]
    return all(text in env.episode.task.request for text in texts if any(c.isdigit() for c in text))
