"""Tools are described, typed, and honest about what they take and whether they write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import Tool
from trace_gym.env.types import ToolCall, copy_json
from trace_gym.errors import ToolError

_DRAWS = 8
_LEAST_TASKS = 2
_SHARE_OF_TASKS = 4
_TYPE_KEYWORDS = frozenset({"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"})
_SHOWN = 80


def described(subject: Subject) -> Iterator[Finding]:
    """Checks that every tool has a description, a valid schema, and a type for each argument.

    Yields:
        `schema.described`, for everything that is missing.
    """
    for tool in subject.make().tools.values():
        for sentence in _description_faults(tool):
            yield Finding("schema.described", sentence)


def honest(subject: Subject) -> Iterator[Finding]:
    """Checks that a call that satisfies the schema is answered, or refused with ToolError.

    Yields:
        `schema.honest`, for the first call that fails.
    """
    env = subject.make()
    for index in range(max(_LEAST_TASKS, subject.tasks // _SHARE_OF_TASKS)):
        env.reset(options={"index": index})
        candidates = env.candidate_calls()
        for name, tool in env.tools.items():
            for arguments in _valid_arguments(tool, candidates, index):
                fault = _call_fault(tool, copy_json(env.episode.task.state), arguments)
                if fault is not None:
                    shown = json.dumps(arguments)[:_SHOWN]
                    yield Finding("schema.honest", f"{name}({shown}) fits the schema and {fault}.")
                    return


def kinds(subject: Subject) -> Iterator[Finding]:
    """Checks that read tools leave the state alone, and that each write tool changes it at least once.

    Yields:
        `schema.kinds` for the first read that writes, `schema.kinds.idle` for each write that never does.
    """
    env = subject.make()
    called: set[str] = set()
    changing: set[str] = set()

    for index in range(subject.tasks):
        env.reset(options={"index": index})
        for call in env.candidate_calls():
            # each call on the initial state, so that none depends on the ones before
            env.reset(options={"index": index})
            kind = env.tools[call.name].kind
            changes = _changes_state(env, call)
            if changes is None:
                continue
            if changes and kind == "read":
                yield Finding("schema.kinds", f"The read tool {call.name!r} changes the state; mark it as a write.")
                return
            if kind == "write":
                called.add(call.name)
            if changes:
                changing.add(call.name)

    for name in sorted(called - changing):
        yield Finding("schema.kinds.idle", f"The write tool {name!r} never changed the state; mark it as a read.")


def _description_faults(tool: Tool) -> Iterator[str]:
    if not tool.description.strip():
        yield f"The tool {tool.name!r} has no description; write one as the first line of its docstring."

    try:
        jsonschema.Draft202012Validator.check_schema(dict(tool.parameters))
    except jsonschema.SchemaError as error:
        yield f"The schema of {tool.name!r} is not a JSON Schema: {error.message}."
        return

    properties = tool.parameters.get("properties", {})
    for argument, schema in properties.items():
        if not _TYPE_KEYWORDS & schema.keys():
            yield f"The argument {argument!r} of {tool.name!r} has no type; annotate it."

    undescribed = set(tool.parameters.get("required", [])) - properties.keys()
    if undescribed:
        yield f"{tool.name!r} requires {min(undescribed)!r}, which its schema does not describe."


def _valid_arguments(tool: Tool, candidates: list[ToolCall], seed: int) -> list[dict[str, Any]]:
    """Arguments that satisfy a tool's schema: candidates, random ones, and random ones with every optional value."""
    rng = np.random.default_rng(seed)
    own_candidates = [dict(call.arguments) for call in candidates if call.name == tool.name]
    sampled = [sample_value(tool.parameters, rng) for _ in range(_DRAWS)]

    # sampling leaves optional arguments out at random, so a rare one might never be tried
    complete = {}
    for argument, schema in tool.parameters.get("properties", {}).items():
        complete[argument] = sample_value(schema, rng, tool.parameters)
    return [*own_candidates[:_DRAWS], *sampled, complete]


def _call_fault(tool: Tool, state: dict[str, Any], arguments: dict[str, Any]) -> str | None:
    """What is wrong with how a tool takes valid arguments."""
    try:
        tool(state, arguments)
    except ToolError as refusal:
        # a refusal for a reason in the state is an answer; one for the arguments contradicts the schema
        if str(refusal).startswith("Invalid call"):
            return f"is refused as invalid ({refusal})"
    except Exception as error:
        return f"raises {type(error).__name__}: {error}; raise ToolError to refuse"
    return None


def _changes_state(env: ToolEnv, call: ToolCall) -> bool | None:
    """Whether a call changes the state; None if it is refused."""
    before = env.snapshot()
    if env.run_call(env.episode, call).error:
        return None
    return bool(env.snapshot() != before)
