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
    "the benchmark pays for doing nothing where the right answer is to refuse (19 of 50 airline tasks), and five turns "
    "that are the same for every telecom task solve 94 of 114"
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
    """A tau2-bench domain: the benchmark's tools, policy, tasks and evaluators, with a scripted or an LLM user.

    The reward is the product of the terms of the task's official reward basis (DB, ENV_ASSERTION, ACTION,
    COMMUNICATE); natural-language assertions are not judged. An episode that reaches the turn limit scores 0.
    """

    waivers: ClassVar[Mapping[str, str]] = {
        "solution.gold": "some reference actions are ones the benchmark's own tools refuse.",
        "schema.kinds.idle": "kinds are the benchmark's own; the reference actions looked at use not every write.",
        "adversary": f"{_FLOORS}.",
        "leak.observation": "a user says the identifiers it knows, and they are what the solution uses.",
        "learnability.signal": "the benchmark's reward is all or nothing.",
        "reward.collateral": "telecom's official basis looks at assertions on the phone and the line, not at all else.",
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
            domain: Airline, retail or telecom.
            solo: Whether the assistant works on a ticket, with the user's tools too and nobody to talk to; telecom
                only.
            user_model: Name of a model that plays the user; a scripted one does when omitted.
            user_base_url: Its OpenAI-compatible endpoint.
            user_temperature: Its sampling temperature, >= 0; rewards repeat only as far as its answers do.
            **kwargs: Of `BenchmarkEnv`.

        Raises:
            UserError: If tau2-bench is not installed.
            ValueError: If an argument is out of range.
        """
        if domain not in domains.DOMAINS:
            raise ValueError(f"Unknown domain {domain!r}; expected one of {', '.join(domains.DOMAINS)}.")
        if solo and domain != "telecom":
            raise ValueError(f"Only telecom has a solo mode, not {domain!r}.")
        if solo and user_model is not None:
            raise ValueError(f"In solo mode there is no user for the model {user_model!r} to play; leave one out.")
        if not isinstance(user_base_url, str):
            raise ValueError(f"user_base_url must be a text such as http://127.0.0.1:8000/v1, got {user_base_url!r}.")

        if isinstance(user_temperature, bool) or not isinstance(user_temperature, (int, float)):
            raise ValueError(f"user_temperature must be a number, got {user_temperature!r}.")
        if not 0 <= user_temperature < math.inf:
            raise ValueError(f"user_temperature must be >= 0, got {user_temperature}.")

        self.domain = domain
        self.solo = solo
        if user_model is None:
            self._endpoint = None
        else:
            self._endpoint = ChatClient(user_model, user_base_url)
        self._user_settings: dict[str, Json] = {"temperature": user_temperature}
        self.system_prompt = domains.system_prompt(domain, solo=solo)
        super().__init__(**kwargs)

    def official(self) -> Mapping[str, Sequence[str]]:
        """Returns the benchmark's own split of its base tasks."""
        return domains.official_splits(self.domain)

    def all_tools(self) -> dict[str, Tool]:
        """Returns the assistant's tools; in solo mode the user's, too, and one to stop."""
        found = [self.benchmark_tool(schema, kind) for schema, kind in _schemas(self.domain, self.solo)]
        return {tool.name: tool for tool in found}

    def load_task(self, name: str) -> Task:
        """Returns a task with its reference actions as solution.

        Args:
            name: The task, by its benchmark's name.
        """
        task = domains.task(self.domain, name)
        if self.solo:
            request = task.ticket or ""
        else:
            request = _persona(self.domain, name).request
        criteria = task.evaluation_criteria
        facts = tuple(Fact(str(info)) for info in (criteria.communicate_info or [] if criteria else []))
        return Task(request=request, state={}, gold=self._gold(task), facts=facts, name=name)

    def open_world(self, task: Task) -> Tau2World:
        """Returns the benchmark's state for the task.

        Args:
            task: The problem.
        """
        return Tau2World(self.domain, task.name, solo=self.solo)

    def user_of(self, task: Task, world: World) -> User:
        """Returns the scripted user, the LLM one, or nobody.

        Args:
            task: The problem.
            world: The benchmark's state during this episode.
        """
        assert isinstance(world, Tau2World)
        if self.solo:
            return Nobody()
        if self._endpoint is not None:
            return LLMTau2User(world.task.user_scenario, world, self._endpoint, self._user_settings)
        return ScriptedTau2User(_persona(self.domain, task.name), world)

    def opening(self, task: Task) -> list[dict[str, Json]]:
        """Returns policy and greeting, then what the user says to it; in solo mode the ticket.

        Args:
            task: The problem.
        """
        if self.solo:
            prompt = self.system_prompt.replace("{ticket}", task.request)
            return [{"role": "system", "content": prompt}, {"role": "user", "content": task.request}]
        return [
            {"role": "system", "content": self.system_prompt},
            {"role": "assistant", "content": GREETING},
            {"role": "user", "content": task.request},
        ]

    def begin(self, task: Task) -> Episode:
        """Lets an LLM user speak its own first words; it cannot leave with them.

        Args:
            task: The problem.
        """
        episode = super().begin(task)
        if isinstance(episode.user, LLMTau2User):
            episode.messages[-1]["content"], _ = episode.user.reply(GREETING)
        return episode

    def ended_by_calls(self, episode: Episode) -> bool:
        """Returns whether a solo agent has said that it is done.

        Args:
            episode: The current one.
        """
        return isinstance(self.world, Tau2World) and self.world.done

    def _gold(self, task: Any) -> tuple[ToolCall | str, ...]:
        criteria = task.evaluation_criteria
        turns: list[ToolCall | str] = []
        for action in (criteria.actions or []) if criteria else []:
            call = ToolCall(action.name, action.arguments)
            turns.append(call if action.requestor == "assistant" or self.solo else _asked_of_user(call))

        if self.solo:
            return (*turns, ToolCall(domains.STOP_TOOL, {}))
        told = ", ".join(map(str, (criteria.communicate_info or []) if criteria else []))
        return (*turns, f"All done{': ' + told if told else ''}. Goodbye.")


def _asked_of_user(call: ToolCall) -> str:
    """Asks the user to use one of its own tools."""
    given = ", ".join(f'{name}="{value}"' for name, value in call.arguments.items())
    return f"On your phone, use {call.name}({given})."


@functools.cache
def _persona(domain: str, name: str) -> Persona:
    return persona_of(domains.task(domain, name).user_scenario)


@functools.cache
def _schemas(domain: str, solo: bool) -> tuple[tuple[dict[str, Json], str], ...]:
    """Function schemas with what each does to the state; thinking and calculating read."""
    env = domains.environment(domain)
    found = []
    for kit in (env.tools, env.user_tools if solo else None):
        if kit is None:
            continue
        for name, tool in kit.get_tools().items():
            found.append((tool.openai_schema, str(kit.tool_type(name).value)))

    if solo:
        return (*found, (_STOP_SCHEMA, "read"))
    return tuple(found)
