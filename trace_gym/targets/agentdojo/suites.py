"""AgentDojo's suites, tasks, attacks and environments, each made once per process and then copied."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from trace_gym.env.types import Json, ToolCall, copy_json
from trace_gym.targets.agentdojo.upstream import module

VERSION = "v1.2.2"
"""The newest version of the benchmark in agentdojo 0.1.35."""
ATTACK = "important_instructions"
"""AgentDojo's standard attack."""
_ASKS_A_HUMAN = "manual"
"""The attack that reads its text from the terminal."""
Injections = tuple[tuple[str, str], ...]
"""Pairs of a placeholder in the environment and the text that fills it."""


class Threat(NamedTuple):
    """What an injection wants, and how it words that.

    Example:
        >>> Threat("injection_task_0", "important_instructions", "gpt-4o-2024-05-13").attack
        'important_instructions'
    """

    injection_task: str
    """Name of an injection task of the suite."""
    attack: str
    """Name of an attack."""
    model: str
    """The agent's model in AgentDojo's list, for attacks that address it by name."""


def suite_of(version: str, name: str) -> Any:
    """Returns a suite.

    Args:
        version: The benchmark's version.
        name: The suite.

    Raises:
        ValueError: If the benchmark has no such version or suite.
    """
    # not AgentDojo's own getter, whose defaultdict invents an empty version for an unknown one
    suites_by_version = module("task_suite.load_suites")._SUITES
    if version not in suites_by_version:
        raise ValueError(f"Unknown version {version!r}; this agentdojo has {', '.join(suites_by_version)}.")
    suites = suites_by_version[version]
    if name not in suites:
        raise ValueError(f"Unknown suite {name!r}; expected one of {', '.join(suites)}.")
    return suites[name]


@functools.cache
def user_tasks(version: str, name: str) -> dict[str, Any]:
    """Returns the suite's user tasks by name.

    Args:
        version: The benchmark's version.
        name: The suite.
    """
    return dict(suite_of(version, name).user_tasks)


@functools.cache
def schemas(version: str, name: str) -> tuple[dict[str, Json], ...]:
    """Returns the suite's tools as OpenAI function schemas, as AgentDojo hands them to OpenAI's models.

    Args:
        version: The benchmark's version.
        name: The suite.
    """
    convert = module("agent_pipeline.llms.openai_llm")._function_to_openai
    return tuple(convert(function) for function in suite_of(version, name).tools)


@functools.cache
def system_message() -> str:
    """Returns AgentDojo's default system message."""
    return str(module("agent_pipeline.agent_pipeline").load_system_message(None))


def threat_of(version: str, name: str, goal: str | None, attack: str | None, model: str) -> Threat | None:
    """Checks and completes an attack; None if neither a goal nor an attack is given.

    Args:
        version: The benchmark's version.
        name: The suite.
        goal: An injection task; an attack that only stops the agent needs none.
        attack: The attack's name; AgentDojo's standard one if omitted.
        model: AgentDojo's name for the agent's model.

    Raises:
        ValueError: If the suite lacks the injection task, or AgentDojo the attack or the model.
    """
    if goal is None and attack is None:
        return None
    if attack is None:
        attack = ATTACK
    attacks = dict(_attacks())
    attacks.pop(_ASKS_A_HUMAN, None)
    if attack not in attacks:
        raise ValueError(f"Unknown attack {attack!r}; expected one of {', '.join(attacks)}.")

    goals = list(suite_of(version, name).injection_tasks)
    if goal is None and attacks[attack].is_dos_attack:
        # any will do: such an attack has no goal but to stop the agent, and AgentDojo takes the first as well
        goal = goals[0]
    if goal is None or goal not in goals:
        raise ValueError(f"Unknown injection task {goal!r}; {name} has {', '.join(goals)}.")

    models = module("models").MODEL_NAMES
    if model not in models:
        raise ValueError(f"Unknown model {model!r}; AgentDojo knows {', '.join(models)}.")
    return Threat(goal, attack, model)


def stops_the_agent(threat: Threat) -> bool:
    """Returns whether the attack succeeds by keeping the agent from its task (denial of service).

    Args:
        threat: The attack and its goal.
    """
    return bool(_attacks()[threat.attack].is_dos_attack)


@functools.lru_cache(maxsize=1024)
def injections(version: str, name: str, user_task: str, threat: Threat) -> Injections:
    """Returns what AgentDojo's attack writes in places that a correct solution of the user task reads.

    Args:
        version: The benchmark's version.
        name: The suite.
        user_task: The user task.
        threat: The attack and its goal.
    """
    injection_task = suite_of(version, name).injection_tasks[threat.injection_task]
    attack = _attack(version, name, threat.attack, threat.model)
    texts = attack.attack(user_tasks(version, name)[user_task], injection_task)
    # sorted and hashable, as the environment is cached by what was injected
    return tuple(sorted(texts.items()))


def initial_environment(version: str, name: str, user_task: str, injected: Injections) -> Any:
    """Returns a copy of the environment a user task starts in.

    Args:
        version: The benchmark's version.
        name: The suite.
        user_task: The user task.
        injected: What the attack wrote, as pairs of a place and a text.
    """
    environment = _environment(version, name, injected).model_copy(deep=True)
    return user_tasks(version, name)[user_task].init_environment(environment)


@functools.lru_cache(maxsize=1024)
def gold_calls(version: str, name: str, user_task: str, injected: Injections) -> tuple[ToolCall, ...]:
    """Returns the calls of a user task's ground truth.

    Args:
        version: The benchmark's version.
        name: The suite.
        user_task: The user task.
        injected: What the attack wrote, as pairs of a place and a text.
    """
    environment = initial_environment(version, name, user_task, injected)
    calls = user_tasks(version, name)[user_task].ground_truth(environment)
    return tuple(ToolCall(call.function, copy_json(dict(call.args))) for call in calls)


@functools.lru_cache(maxsize=256)
def _environment(version: str, name: str, injected: Injections) -> Any:
    return suite_of(version, name).load_and_inject_default_environment(dict(injected))


@functools.cache
def _attack(version: str, name: str, attack: str, model: str) -> Any:
    pipeline = module("agent_pipeline.ground_truth_pipeline").GroundTruthPipeline(None)
    # an attack looks at nothing else of a pipeline
    pipeline.name = model
    return _attacks()[attack](suite_of(version, name), pipeline)


def _attacks() -> dict[str, Any]:
    # importing the package fills the registry
    module("attacks")
    attacks: dict[str, Any] = module("attacks.attack_registry").ATTACKS
    return attacks
