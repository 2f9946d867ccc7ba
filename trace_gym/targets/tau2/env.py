"""`trace/Tau2Airline-v0`, `trace/Tau2Retail-v0`, `trace/Tau2Telecom-v0`, `trace/Tau2TelecomSolo-v0`."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from trace_gym.env.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.task import Task
from trace_gym.env.tools import Tool
from trace_gym.env.types import Json, ToolCall
from trace_gym.env.user import User
from trace_gym.llm.client import ChatClient
from trace_gym.targets.benchmark_env import BenchmarkEnv, World
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.persona import Persona, persona_of
from trace_gym.targets.tau2.users import GREETING, LLMTau2User, Nobody, ScriptedTau2User
from trace_gym.targets.tau2.world import Tau2World

_FLOORS = (
    "the benchmark pays for doing nothing where the right answer is to refuse (19 of 50 airline tasks), and the same "
    "five turns solve 94 of the 114 telecom tasks"
)
_STOP_SCHEMA: dict[str, Json] = {
    "type": "function",
    "function": {
        "name": domains.STOP_TOOL,
        "description": "Call this function when you are done with the task.",
        "parameters": {"type": "object", "properties": {}},
    },
}


class Tau2Env(BenchmarkEnv):
    """A tau2-bench domain: the benchmark's tools, guidelines, tasks and evaluators, with a scripted or an LLM user.

    The reward is the product of the terms of the task's official reward basis (DB, ENV_ASSERTION, ACTION,
    COMMUNICATE); natural-language assertions are not judged. An episode that reaches the turn limit scores 0.

    Example:
        >>> Tau2Env(domain="bank")
        Traceback (most recent call last):
        ...
        ValueError: Unknown domain 'bank'; expected one of airline, retail, telecom.
    """

    waivers: ClassVar[Mapping[str, str]] = {
        "solution.gold": "the benchmark's own tools refuse some of its reference actions.",
        "schema.kinds.idle": "kinds are the benchmark's own; the reference actions sampled do not use every write.",
        "adversary": f"{_FLOORS}.",
        "leak.observation": "users state the identifiers they know, and the solution uses them.",
        "learnability.signal": "the benchmark's reward is all or nothing.",
        "reward.collateral": "telecom's official basis checks assertions on the phone and the line, and nothing else.",
    }

    def __init__(
        self,
        *,
        domain: str = "airline",
        solo: bool = False,
        user_model: str | None = None,
        user_base_url: str = "http://127.0.0.1:8000/v1",
        user_temperature: float = 0.0,
        **kwargs: Any,
    ) -> None:
        """Makes the environment.

        Args:
            domain: `airline`, `retail` or `telecom`.
            solo: Whether the assistant works on a ticket, with the user's tools as well and nobody to talk to;
                telecom only.
            user_model: Name of the model that plays the user; a scripted user does if omitted.
            user_base_url: OpenAI-compatible endpoint of that model.
            user_temperature: Its sampling temperature, >= 0; rewards are reproducible only if its answers are.
            **kwargs: Arguments of `BenchmarkEnv`.

        Raises:
            UserError: If tau2-bench is not installed.
            ValueError: If an argument is out of range.
        """
        _check_domain(domain, solo, user_model)
        _check_user(user_base_url, user_temperature)

        self.domain = domain
        self.solo = solo
        self._endpoint: ChatClient | None = None
        if user_model is not None:
            self._endpoint = ChatClient(user_model, user_base_url)
        self._user_settings: dict[str, Json] = {"temperature": user_temperature}

        # before the base class, which asks for the domain's tools and tasks
        self.system_prompt = domains.system_prompt(domain, solo=solo)
        super().__init__(**kwargs)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the benchmark's own split of its base tasks."""
        return domains.official_splits(self.domain)

    def all_tools(self) -> dict[str, Tool]:
        """Returns the assistant's tools; in solo mode the user's as well, and one to stop."""
        tools = {}
        for schema, kind in _schemas(self.domain, self.solo):
            tool = self.benchmark_tool(schema, kind)
            tools[tool.name] = tool
        return tools

    def load_task(self, name: str) -> Task:
        """Returns a task, with its reference actions as the solution.

        Args:
            name: The benchmark's name for the task.
        """
        task = domains.task(self.domain, name)
        if self.solo:
            request = task.ticket or ""
        else:
            request = _persona(self.domain, name).request

        facts = tuple(Fact(info) for info in _to_communicate(task))
        return Task(request=request, state={}, gold=self._gold(task), facts=facts, name=name)

    def open_world(self, task: Task) -> Tau2World:
        """Returns the benchmark's environment in the task's initial state.

        Args:
            task: The task of the new episode.
        """
        return Tau2World(self.domain, task.name, solo=self.solo)

    def user_of(self, task: Task, world: World) -> User:
        """Returns the scripted user or the LLM user; in solo mode nobody.

        Args:
            task: The task of the new episode.
            world: The benchmark's state during this episode, where a user's own tools act.
        """
        assert isinstance(world, Tau2World)
        if self.solo:
            return Nobody()
        if self._endpoint is not None:
            return LLMTau2User(world.task.user_scenario, world, self._endpoint, self._user_settings)
        return ScriptedTau2User(_persona(self.domain, task.name), world)

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns the system prompt, the assistant's greeting and the user's answer; in solo mode the ticket.

        Args:
            task: The task of the new episode.
        """
        if self.solo:
            # not str.format: a ticket may hold braces of its own
            prompt = self.system_prompt.replace("{ticket}", task.request)
            return [{"role": "system", "content": prompt}, {"role": "user", "content": task.request}]
        return [
            {"role": "system", "content": self.system_prompt},
            {"role": "assistant", "content": GREETING},
            {"role": "user", "content": task.request},
        ]

    def begin(self, task: Task) -> Episode:
        """Opens the benchmark's state; an LLM user speaks its own first words.

        Args:
            task: The task of the new episode.
        """
        episode = super().begin(task)
        if isinstance(episode.user, LLMTau2User):
            # whether it wants to leave at once is ignored: an episode has at least one turn of the assistant's
            episode.messages[-1]["content"], _ = episode.user.reply(GREETING)
        return episode

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether a solo agent has called the tool that says it is done.

        Args:
            episode: The current episode.
        """
        return isinstance(self.world, Tau2World) and self.world.done

    def _gold(self, task: Any) -> tuple[ToolCall | str, ...]:
        """The reference actions as turns, then what ends the episode."""
        turns: list[ToolCall | str] = []
        for action in _reference_actions(task):
            call = ToolCall(action.name, action.arguments)
            # only in solo mode does the assistant have the user's tools itself
            if action.requestor == "assistant" or self.solo:
                turns.append(call)
            else:
                turns.append(_request_to_user(call))

        if self.solo:
            return (*turns, ToolCall(domains.STOP_TOOL, {}))
        to_communicate = ", ".join(_to_communicate(task))
        if to_communicate:
            return (*turns, f"All done: {to_communicate}. Goodbye.")
        return (*turns, "All done. Goodbye.")


def _check_domain(domain: str, solo: bool, user_model: str | None) -> None:
    if domain not in domains.DOMAINS:
        raise ValueError(f"Unknown domain {domain!r}; expected one of {', '.join(domains.DOMAINS)}.")
    if solo and domain != "telecom":
        raise ValueError(f"Only telecom has a solo mode, not {domain!r}; use solo=False.")
    if solo and user_model is not None:
        raise ValueError(f"In solo mode there is no user for the model {user_model!r} to play; leave one of them out.")


def _check_user(base_url: Any, temperature: Any) -> None:
    if not isinstance(base_url, str):
        raise ValueError(f"user_base_url must be a text such as http://127.0.0.1:8000/v1, got {base_url!r}.")
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
        raise ValueError(f"user_temperature must be a number, got {temperature!r}.")
    # written so that it refuses nan, which compares as false with anything
    if not 0 <= temperature < math.inf:
        raise ValueError(f"user_temperature must be >= 0, got {temperature}.")


def _reference_actions(task: Any) -> Sequence[Any]:
    criteria = task.evaluation_criteria
    if criteria is None:
        return ()
    return criteria.actions or ()


def _to_communicate(task: Any) -> list[str]:
    """The texts that the assistant has to say."""
    criteria = task.evaluation_criteria
    if criteria is None:
        return []
    return [str(info) for info in criteria.communicate_info or ()]


def _request_to_user(call: ToolCall) -> str:
    """Asks the user to use one of its own tools, in words that the scripted user reads as a call."""
    given = ", ".join(f'{name}="{value}"' for name, value in call.arguments.items())
    return f"On your phone, use {call.name}({given})."


# every environment of a process has the same personas and schemas, and a reset needs both
@functools.cache
def _persona(domain: str, name: str) -> Persona:
    return persona_of(domains.task(domain, name).user_scenario)


@functools.cache
def _schemas(domain: str, solo: bool) -> tuple[tuple[dict[str, Json], str], ...]:
    """Function schemas, each with what its tool does to the state; thinking and calculating count as reads."""
    env = domains.environment(domain)
    toolkits = [env.tools]
    if solo and env.user_tools is not None:
        toolkits.append(env.user_tools)

    schemas = []
    for toolkit in toolkits:
        for name, tool in toolkit.get_tools().items():
            schemas.append((tool.openai_schema, str(toolkit.tool_type(name).value)))
    if solo:
        schemas.append((_STOP_SCHEMA, "read"))
    return tuple(schemas)
