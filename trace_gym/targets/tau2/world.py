"""One episode's state in tau2-bench, and its score by the benchmark's rules."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.copy_on_write import CopyOnWriteTable, canonical
from trace_gym.targets.tau2.upstream import module


class Tau2World:
    """The benchmark's environment for one task, in which both the assistant and the user act."""

    def __init__(self, domain: str, name: str, *, solo: bool = False) -> None:
        """Opens a task's initial state.

        Args:
            domain: One of `DOMAINS`.
            name: The benchmark's name for the task.
            solo: Whether the assistant has the user's tools as well.
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

        Returns:
            What the assistant reads, and whether it is an error.
        """
        # the stop tool is not one of the benchmark's toolkits', whose environment would refuse it
        if self.solo and call.name == domains.STOP_TOOL:
            self.done = True
            return "###STOP###", False
        return self._run(call, "assistant")

    def user_call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one of the user's own calls.

        Args:
            call: The call, as parsed.

        Returns:
            What the user reads, and whether it is an error.
        """
        return self._run(call, "user")

    def snapshot(self) -> dict[str, Json]:
        """Returns the changes of both databases since the domain's initial state."""
        return changes_of(self.env)

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the terms of the task's reward basis; see `score`.

        Args:
            episode: The finished episode.
        """
        said = []
        for message in episode.messages:
            if message["role"] == "assistant":
                said.append(str(message["content"]))
        return self.score(said)

    def score(self, said: Sequence[str]) -> dict[str, float]:
        """Returns the terms of the task's reward basis, as the benchmark's evaluators compute them, each 0 or 1.

        What an LLM would have to judge (`NL_ASSERTION`) is left out, as in the published scores.

        Args:
            said: The assistant's messages, in order.
        """
        criteria = self.task.evaluation_criteria
        if criteria is None:
            return {"no_criteria": 1.0}

        # not str(kind) alone, which names the benchmark's enum class as well
        basis = {str(getattr(kind, "value", kind)) for kind in criteria.reward_basis}
        terms: dict[str, float] = {}
        if "DB" in basis:
            terms["db"] = self._database_is_right()
        if "ENV_ASSERTION" in basis:
            terms["env_assertion"] = self._assertions_hold(criteria.env_assertions or [])
        if "ACTION" in basis:
            terms["action"] = self._actions_were_made(criteria.actions or [])
        if "COMMUNICATE" in basis:
            terms["communicate"] = communicated(said, criteria.communicate_info or [])
        return terms

    def _run(self, call: ToolCall, requestor: str) -> tuple[str, bool]:
        """Runs a call and keeps it for the `ACTION` term, whether it succeeds or not."""
        benchmark_call = self._message.ToolCall(name=call.name, arguments=dict(call.arguments), requestor=requestor)
        self.calls.append(benchmark_call)
        try:
            answer = self.env.get_response(benchmark_call)
            # get_response leaves this out after a tool that failed, but the benchmark's evaluator does it at the end
            self.env.sync_tools()
            text = str(answer.content)
            error = bool(answer.error)
        except Exception as fault:
            # get_response catches what a tool raises, but not a result that cannot be written down, such as a number of
            # 5,000 digits
            text = f"Error: {fault}"
            error = True

        self.answers.append(text)
        return text, error

    def _database_is_right(self) -> float:
        criteria = self.task.evaluation_criteria
        # as the benchmark's evaluator has it: without reference actions there is no state to compare with
        if criteria.actions is None and criteria.env_assertions is None:
            return 1.0
        return float(changes_of(self.env) == gold_changes(self.domain, str(self.task.id)))

    def _assertions_hold(self, assertions: Sequence[Any]) -> float:
        # all of them are run, even after one has failed, as the benchmark does
        held = [self.env.run_env_assertion(assertion, raise_assertion_error=False) for assertion in assertions]
        return float(all(held))

    def _actions_were_made(self, actions: Sequence[Any]) -> float:
        for action in actions:
            if not any(action.compare_with_tool_call(call) for call in self.calls):
                return 0.0
        return 1.0


def start(domain: str, task: Any, *, solo: bool = False) -> Any:
    """Returns the benchmark's environment in the task's initial state.

    Args:
        domain: One of `DOMAINS`.
        task: The benchmark's own task.
        solo: Whether the assistant has the user's tools as well, and nobody to talk to.
    """
    initial = task.initial_state
    if initial is None:
        env = domains.environment(domain, solo=solo)
        env.set_state(initialization_data=None, initialization_actions=None, message_history=[])
        return env

    # the benchmark merges initial data by dumping the database and validating it, which turns copy-on-write tables
    # into whole ones, so that changes could no longer be told from the initial state
    data = initial.initialization_data
    rewrites = data is not None and bool(data.agent_data)
    env = domains.environment(domain, solo=solo, shared=not rewrites)
    env.set_state(
        initialization_data=data,
        initialization_actions=initial.initialization_actions,
        message_history=initial.message_history or [],
    )
    return env


@functools.cache
def gold_changes(domain: str, name: str) -> Mapping[str, Json]:
    """Returns what the task's reference actions change; those the benchmark's tools refuse change nothing.

    Args:
        domain: One of `DOMAINS`.
        name: The benchmark's name for the task.
    """
    task = domains.task(domain, name)
    env = start(domain, task)
    for action in task.evaluation_criteria.actions or []:
        # the benchmark's evaluator, too, goes on after a reference action that fails
        with contextlib.suppress(Exception):
            env.make_tool_call(tool_name=action.name, requestor=action.requestor, **action.arguments)
    return changes_of(env)


def changes_of(env: Any) -> dict[str, Json]:
    """Returns how an environment's databases differ from the domain's initial ones, as canonical JSON texts.

    Args:
        env: The benchmark's own environment.

    Returns:
        Changed records by `side/table/key`; a database without copy-on-write tables as a whole, by side.
    """
    changes: dict[str, Json] = {}
    for side, toolkit in (("agent", env.tools), ("user", env.user_tools)):
        # only telecom's user has tools, and a toolkit may have no database
        if toolkit is None or toolkit.db is None:
            continue

        tables = _copy_on_write_tables(toolkit.db)
        for name, table in tables.items():
            for key, value in table.changes().items():
                changes[f"{side}/{name}/{key}"] = value
        if not tables:
            changes[side] = canonical(toolkit.db)

    return changes


def _copy_on_write_tables(database: Any) -> dict[str, CopyOnWriteTable]:
    tables = {}
    for name, value in vars(database).items():
        if isinstance(value, CopyOnWriteTable):
            tables[name] = value
    return tables


def communicated(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Returns 1 if the assistant said every wanted text, else 0; commas and case are ignored, as in tau2-bench.

    Args:
        said: What the assistant said, in order.
        wanted: What had to be said.

    Example:
        >>> communicated(["Your refund is $1,628."], ["1628"])
        1.0
    """
    texts = []
    for text in said:
        if text.strip():
            texts.append(text.lower().replace(",", ""))

    # commas are dropped from what was said only, so that a wanted text with one is never found, as in the benchmark
    for info in wanted:
        if not any(info.lower() in text for text in texts):
            return 0.0
    return 1.0
