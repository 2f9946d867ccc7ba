"""Finds AgentDojo's code, and checks that it has what is used of it."""

from __future__ import annotations

import functools
import importlib.util
import warnings
from typing import Any

from trace_gym.errors import UserError
from trace_gym.targets.imports import import_checked

INSTALL = "pip install agentdojo"
_USED = {
    "agent_pipeline.agent_pipeline": ("load_system_message",),
    "agent_pipeline.ground_truth_pipeline": ("GroundTruthPipeline",),
    "agent_pipeline.llms.openai_llm": ("_function_to_openai",),
    "agent_pipeline.tool_execution": ("ToolsExecutor", "tool_result_to_str"),
    "attacks.attack_registry": ("ATTACKS",),
    "functions_runtime": ("FunctionCall", "FunctionsRuntime"),
    "models": ("MODEL_NAMES",),
    "task_suite.load_suites": ("_SUITES",),
}
"""The names used of each module, private ones included: another version may lack them."""


@functools.cache
def module(name: str) -> Any:
    """Imports a module of AgentDojo, silencing the warnings of its dependencies.

    Args:
        name: The module's name within the package.

    Raises:
        UserError: If AgentDojo is not installed, or is of a version that lacks the module.
    """
    if importlib.util.find_spec("agentdojo") is None:
        raise UserError(f"AgentDojo is not installed; run: {INSTALL}.")
    try:
        with warnings.catch_warnings():
            # deprecations in its dependencies, which are nothing our users could act upon
            warnings.simplefilter("ignore")
            return import_checked("agentdojo", name, _USED.get(name, ()))
    except ImportError as error:
        raise _lacking(error) from None


def _lacking(what: object) -> UserError:
    return UserError(f"AgentDojo is installed, but cannot be used ({what}); run: {INSTALL}==0.1.35.")
