"""Agents that lack capabilities by design, on the service desk.

Whether such an agent exercises a capability is drawn by chance, task by task and independent of the task, so there is
a truth that identification can be scored against, and a success that is known: an agent that exercises each of the k
capabilities a task needs with probability p solves it with probability p to the power of k.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trace_gym.env.seeding import task_rng
from trace_gym.env.tool_env import ToolEnv
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.targets.service_desk.capabilities import (
    CAPABILITIES,
    MULTI_STEP,
    PRECONDITION,
    RECOVERY,
    REPORTING,
)
from trace_gym.targets.service_desk.env import ServiceDesk
from trace_gym.targets.service_desk.shop import ShopBuilder
from trace_gym.targets.service_desk.visits import Visit, draw_visit, play
from trace_gym.testbed.script import ScriptPolicy, Turn, rendered

DEFICITS = (PRECONDITION, MULTI_STEP, RECOVERY, REPORTING)
"""The planted deficits, used only to score identification."""
_MASTERED = 0.95
"""How often the other capabilities are exercised by an agent with deficits."""
_STREAM = 0xDE30
"""Keeps these draws apart from those of the task itself, which are seeded with its index too."""


def planted(rate: float) -> Mapping[str, float]:
    """Returns how often an agent exercises each capability.

    Args:
        rate: How often it exercises those of `DEFICITS`, in [0, 1]; at 1 it lacks nothing at all.

    Example:
        >>> planted(0.2)["error_recovery"], planted(0.2)["structured_selection"], planted(1)["structured_selection"]
        (0.2, 0.95, 1.0)
    """
    rates: dict[str, float] = {}
    for name in CAPABILITIES:
        if rate >= 1:
            rates[name] = 1.0
        elif name in DEFICITS:
            rates[name] = rate
        else:
            rates[name] = _MASTERED
    return rates


PLANTED: Mapping[str, float] = planted(0.2)
"""How often a demonstration of the bundled agent exercises each capability; the low ones are the planted deficits."""


def visit_of(env: ToolEnv) -> Visit:
    """Returns the visit that the current task of a service desk was made from.

    Args:
        env: A service desk, after `reset`.
    """
    level = int(env.episode.task.private["level"])
    return draw_visit(ShopBuilder(task_rng(env.split, env.index, level), env.split), level)


def demonstrate(
    env: ServiceDesk, index: int, rates: Mapping[str, float] = PLANTED
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Plays one demonstration on task `index` of the environment's split.

    Args:
        env: The service desk.
        index: The task's number in its split.
        rates: How often each capability is exercised.

    Returns:
        `(messages, tools)`: the whole conversation, and the subset of tool schemas it is shown with.

    Example:
        >>> from trace_gym import make_env
        >>> messages, tools = demonstrate(make_env("trace/ServiceDesk-v0", split="demo"), 0)
        >>> messages[0]["role"], messages[-1]["role"], tools[0]["type"]
        ('system', 'assistant', 'function')
    """
    env.reset(options={"index": index})
    rng = np.random.default_rng(np.random.SeedSequence([index, _STREAM]))
    for turn in play(visit_of(env), _draw(rates, rng)):
        env.step(rendered(turn))

    # the last message is the user's closing one, which no agent has to learn
    return env.episode.messages[:-1], _shown_tools(env, rng)


class PlantedPolicy(ScriptPolicy):
    """An agent with planted deficits, for rollouts on the service desk without any model.

    Example:
        >>> from trace_gym import make_env
        >>> from trace_gym.rollouts.play import Job, play_batch
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> perfect = PlantedPolicy(planted(1))
        >>> play_batch([env], perfect, [Job(0)], seed=0, env_id="trace/ServiceDesk-v0")[0].reward
        1.0
    """

    policy_id = "planted"

    def __init__(self, rates: Mapping[str, float] = PLANTED) -> None:
        """Makes the agent.

        Args:
            rates: How often it exercises each capability.
        """
        super().__init__()
        self._rates = rates

    def script(self, request: TurnRequest) -> list[Turn]:
        """Returns what the agent does in a conversation.

        Args:
            request: The episode, at its first turn.
        """
        return play(visit_of(request.env), _draw(self._rates, request.rng))


def _draw(rates: Mapping[str, float], rng: np.random.Generator) -> dict[str, bool]:
    return {name: bool(rng.random() < rates[name]) for name in CAPABILITIES}


def _shown_tools(env: ServiceDesk, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Returns all tools half the time, else the used ones and some others, so that the agent copes with fewer tools."""
    if rng.random() < 0.5:
        return list(env.schemas)

    # the solution's tools too, or a deficit could be put down to a missing tool
    used = set()
    for record in env.episode.calls:
        used.add(record.call.name)
    for call in env.episode.task.gold_calls:
        used.add(call.name)

    shown = []
    for name, tool in env.tools.items():
        if name in used or rng.random() < 0.4:
            shown.append(tool.schema)
    return shown
