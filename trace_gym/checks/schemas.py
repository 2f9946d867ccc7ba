"""Tools: described, typed, honest about what they take and whether they write."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import jsonschema
import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.tools import Tool
from trace_gym.errors import ToolError

_DRAWS = 8


def described(subject: Subject) -> Iterator[Finding]:
    """schema.described: every tool says what it does, every argument has a type, and the schema is one."""
    for name, tool in subject.make().tools.items():
        if not tool.description.strip():
            yield Finding(
                "schema.described", f"The tool {name!r} has no description; its docstring's first line is it."
            )
        try:
            jsonschema.Draft202012Validator.check_schema(dict(tool.parameters))
        except jsonschema.SchemaError as error:
            yield Finding("schema.described", f"The schema of {name!r} is no JSON Schema: {error.message}.")
            continue
        for argument, schema in tool.parameters.get("properties", {}).items():
            if not {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"} & schema.keys():
                yield Finding("schema.described", f"The argument {argument!r} of {name!r} has no type; annotate it.")
        missing = set(tool.parameters.get("required", [])) - tool.parameters.get("properties", {}).keys()
        if missing:
            yield Finding(
                "schema.described", f"{name!r} requires {min(missing)!r}, which its schema does not describe."
            )


def honest(subject: Subject) -> Iterator[Finding]:
    """schema.honest: a call that satisfies the schema is answered or refused with ToolError, nothing else."""
    env = subject.make()
    for index in range(max(2, subject.tasks // 4)):
        env.reset(options={"index": index})
        for name, tool in env.tools.items():
            calls = [dict(call.arguments) for call in env.candidate_calls() if call.name == name][:_DRAWS]
            rng = np.random.default_rng(index)
            calls += [sample_value(tool.parameters, rng) for _ in range(_DRAWS)]
            whole = tool.parameters.get("properties", {}).items()
            calls.append(
                {argument: sample_value(schema, rng, tool.parameters) for argument, schema in whole}
            )  # optional ones too
            for arguments in calls:
                fault = _fault(tool, copy.deepcopy(env.episode.task.state), arguments)
                if fault:
                    yield Finding("schema.honest", f"{name}({json.dumps(arguments)[:80]}) fits the schema and {fault}.")
                    return


def kinds(subject: Subject) -> Iterator[Finding]:
    """schema.kinds: read tools leave the state alone, and at least one candidate call of each write tool changes it."""
    env = subject.make()
    changed: dict[str, bool] = {name: False for name, tool in env.tools.items() if tool.kind == "write"}
    called: set[str] = set()
    for index in range(subject.tasks):
        env.reset(options={"index": index})
        for call in env.candidate_calls():
            env.reset(options={"index": index})
            before, kind = env.snapshot(), env.tools[call.name].kind
            if env.run_call(env.episode, call).error:
                continue
            differs = env.snapshot() != before
            if differs and kind == "read":
                yield Finding("schema.kinds", f"The read tool {call.name!r} changes the state; mark it as a write.")
                return
            if kind == "write":
                called.add(call.name)
                changed[call.name] |= differs
    for name in sorted(called):
        if not changed[name]:
            yield Finding("schema.kinds.idle", f"The write tool {name!r} never changed the state; mark it as a read.")


def _fault(tool: Tool, state: object, arguments: dict[str, object]) -> str | None:
    """What is wrong with how a tool takes valid arguments."""
    try:
        tool(state, arguments)  # type: ignore[arg-type]
    except ToolError as refusal:
        return f"is refused as invalid ({refusal})" if str(refusal).startswith("Invalid call") else None
    except Exception as error:
        return f"raises {type(error).__name__}: {error}; raise ToolError to refuse"
    return None
