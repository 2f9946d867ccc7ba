"""One episode's state in tau2-bench, and its score by the benchmark's rules."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.copy_on_write import CopyOnWriteTable, canonical
from trace_gym.targets.tau2.upstream import module


class Tau2World:
    """The benchmark's environment for one task; both the assistant and the user act in it."""

    def __init__(self, domain: str, name: str, *, solo: bool = False) -> None:
        """Opens a task's initial state.

        Args:
            domain: One of `DOMAINS`.
            name: The task.
            solo: Whether the assistant has the user's tools too.
        """
        self.domain = domain
        self.task = domains.task(domain, name)
        self.solo = solo
        self.env = start(domain, self.task, solo=solo)
        self.calls: list[Any] = []
        self.answers: list[str] = []
        self.done = False

        self._message = module("data_model.message")

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one of the assistant's calls.

        Args:
            call: The call, as parsed.
        """
        if self.solo and call.name == domains.STOP_TOOL:
            self.done = True
            return "###STOP###", False
        return self._run(call, "assistant")

    def user_call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one of the user's own calls.

        Args:
            call: The call, as parsed.
        """
        return self._run(call, "user")

    def snapshot(self) -> dict[str, Json]:
        """Returns both databases' changes since the domain's initial state."""
        return changes_of(self.env)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the terms of the task's reward basis; see `score`.

        Args:
            episode: The current one.
        """
        return self.score([str(m["content"]) for m in episode.messages if m["role"] == "assistant"])

    def score(self, said: Sequence[str]) -> dict[str, float]:
        """Returns the terms of the task's reward basis, as the benchmark's evaluators compute them, each 0 or 1.

        What an LLM would have to judge (`NL_ASSERTION`) is left out, as in the published scores.

        Args:
            said: The assistant's messages.
        """
        criteria = self.task.evaluation_criteria
        if criteria is None:
            return {"no_criteria": 1.0}
        basis = {str(getattr(kind, "value", kind)) for kind in criteria.reward_basis}
        found: dict[str, float] = {}

        if "DB" in basis:
            found["db"] = self._database_is_right()
        if "ENV_ASSERTION" in basis:
            found["env_assertion"] = self._assertions_hold(criteria.env_assertions or [])

        if "ACTION" in basis:
            found["action"] = self._actions_were_made(criteria.actions or [])
        if "COMMUNICATE" in basis:
            found["communicate"] = communicated(said, criteria.communicate_info or [])
        return found

    def _run(self, call: ToolCall, requestor: str) -> tuple[str, bool]:
        row = self._message.ToolCall(name=call.name, arguments=dict(call.arguments), requestor=requestor)
        self.calls.append(row)
        try:
            answer = self.env.get_response(row)
            self.env.sync_tools()
            text = str(answer.content)
            error = bool(answer.error)
        except Exception as fault:  # of writing down what the tool has returned, such as a number of 5,000 digits
            text = f"Error: {fault}"
            error = True

        self.answers.append(text)
        return text, error

    def _database_is_right(self) -> float:
        criteria = self.task.evaluation_criteria
        if criteria.actions is None and criteria.env_assertions is None:
            return 1.0
        return float(changes_of(self.env) == gold_changes(self.domain, str(self.task.id)))

    def _assertions_hold(self, assertions: Sequence[Any]) -> float:
        held = [self.env.run_env_assertion(assertion, raise_assertion_error=False) for assertion in assertions]
        return float(all(held))

    def _actions_were_made(self, actions: Sequence[Any]) -> float:
        return float(all(map(self._was_made, actions)))

    def _was_made(self, action: Any) -> bool:
        return any(action.compare_with_tool_call(call) for call in self.calls)


def start(domain: str, task: Any, *, solo: bool = False) -> Any:
    """Returns the benchmark's environment in the task's initial state.

    Args:
        domain: One of `DOMAINS`.
        task: The benchmark's own task.
        solo: Whether the assistant has the user's tools too, and nobody to talk to.
    """
    initial = task.initial_state
    rewrites = bool(initial and initial.initialization_data and initial.initialization_data.agent_data)
    env = domains.environment(domain, solo=solo, shared=not rewrites)
    env.set_state(
        initialization_data=initial.initialization_data if initial else None,
        initialization_actions=initial.initialization_actions if initial else None,
        message_history=(initial.message_history if initial else None) or [],
    )

    return env


@functools.cache
def gold_changes(domain: str, name: str) -> Mapping[str, Json]:
    """Returns what the task's reference actions change; those the benchmark's tools refuse change nothing.

    Args:
        domain: One of `DOMAINS`.
        name: The task, by its benchmark's name.
    """
    task = domains.task(domain, name)
    env = start(domain, task)
    for action in task.evaluation_criteria.actions or []:
        try:
            env.make_tool_call(tool_name=action.name, requestor=action.requestor, **action.arguments)
        except Exception:  # as the benchmark's evaluator does
            continue

    return changes_of(env)


def changes_of(env: Any) -> dict[str, Json]:
    """Returns what an environment's databases hold that the domain's initial ones do not, as canonical JSON texts.

    Args:
        env: The benchmark's own environment.
    """
    found: dict[str, Json] = {}
    for side, kit in (("agent", env.tools), ("user", env.user_tools)):
        if kit is None:
            database = None
        else:
            database = kit.db
        if database is None:
            continue
        tables = {name: value for name, value in vars(database).items() if isinstance(value, CopyOnWriteTable)}
        for name, table in tables.items():
            found.update({f"{side}/{name}/{key}": value for key, value in table.changes().items()})
        if not tables:
            found[side] = canonical(database)

    return found


def communicated(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Whether every wanted text stands in something the assistant said, commas and case aside, as tau2-bench looks.

    Args:
        said: What the assistant said, in order.
        wanted: What had to be said.
    """
    texts = [text.lower().replace(",", "") for text in said if text.strip()]
    for info in wanted:
        if not any(info.lower() in text for text in texts):
            return 0.0
    return 1.0
