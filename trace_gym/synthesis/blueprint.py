"""The blueprint: mined from trajectories for one capability, validated by JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import Label
from trace_gym.errors import UserError
from trace_gym.synthesis.archetypes import ARCHETYPES
from trace_gym.synthesis.miner.catalogue import ToolSamples, build_catalogue, missing_text, result_shape
from trace_gym.synthesis.miner.source import Source
from trace_gym.synthetic.env import Blueprint
from trace_gym.synthetic.value_shapes import infer
from trace_gym.trajectories.record import Trajectory

SCHEMA = "trace-gym/blueprint"
VERSION = 1
_LEAST_TOOLS = 4
_LONGEST_POLICY = 1500
_PREFACE = "You are a customer-service agent. Use the tools to do what the user asks, and tell them the outcome."
_VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parent / "blueprint.schema.json").read_text(encoding="utf-8"))
)


def mine_blueprint(table: LabelTable, corpus: Corpus) -> Blueprint:
    """Fills a blueprint for one capability from trajectories, deterministically.

    Args:
        table: The capability, and where it was PRESENT or LACKING.
        corpus: What was labelled.

    Raises:
        UserError: If the corpus does not hold what the capability's archetype needs.
    """
    capability = table.capability
    attempts = corpus.attempts
    catalogue = build_catalogue(corpus.trajectories, attempts, corpus.tool_schemas)
    labels = table.consensus()
    concerned = [attempt for key, attempt in zip(corpus.keys, attempts, strict=True) if labels[key] is not Label.NA]
    source = Source(catalogue, concerned, attempts)
    archetype = ARCHETYPES[capability.archetype]
    roles = archetype.mine(source)
    if roles is None:
        raise UserError(
            f"No environment for {capability.name!r}: its archetype {capability.archetype!r} needs "
            f"{archetype.NEEDS}, which these trajectories do not show; collect more, or others."
        )
    names = _tool_names(catalogue, roles["tools"])
    blueprint: Blueprint = {
        "schema": SCHEMA,
        "version": VERSION,
        **_names(corpus.trajectories[0].env_id, capability.name),
        "target": corpus.trajectories[0].env_id,
        "capability": {"name": capability.name, "description": capability.description},
        "archetype": capability.archetype,
        "policy": _policy(corpus.trajectories[0]),
        "json_style": _json_style(attempts),
        "tools": [_tool(source, catalogue[name]) for name in names],
        "roles": roles,
    }
    check_blueprint(blueprint)
    return blueprint


def check_blueprint(blueprint: Mapping[str, Any]) -> None:
    """Validates a blueprint.

    Raises:
        UserError: naming the place and the fault.
    """
    error = next(iter(_VALIDATOR.iter_errors(blueprint)), None)
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "blueprint"
        raise UserError(f"The blueprint is not valid at {where}: {error.message[:200]}.")
    if blueprint["archetype"] not in ARCHETYPES:
        raise UserError(f"Unknown archetype {blueprint['archetype']!r}; expected one of {', '.join(ARCHETYPES)}.")


def camel(text: str) -> str:
    """`service_desk` and `ServiceDesk` become `ServiceDesk`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def _names(env_id: str, capability: str) -> dict[str, str]:
    """`trace/ServiceDesk-v0` gives its own name, a foreign `tau2/airline` gives `Tau2Airline`."""
    target = env_id.removeprefix("trace/") if env_id.startswith("trace/") else env_id
    class_name = camel(re.sub(r"-v\d+$", "", target)) + camel(capability)
    class_name = class_name if class_name[0].isalpha() else "Env" + class_name
    folder = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()
    return {"env_id": f"trace/{class_name}-v0", "class_name": class_name, "folder": folder}


def _tool_names(catalogue: Mapping[str, ToolSamples], needed: Sequence[str]) -> list[str]:
    """The role tools, filled up with the target's most used others, in the target's order."""
    others = sorted((name for name in catalogue if name not in needed), key=lambda n: -len(catalogue[n].calls))
    chosen = set(needed) | set(others[: max(0, _LEAST_TOOLS - len(set(needed)))])
    return [name for name in catalogue if name in chosen]


def _tool(source: Source, tool: ToolSamples) -> dict[str, Any]:
    properties = tool.schema["function"]["parameters"]["properties"]
    entry: dict[str, Any] = {
        "name": tool.name,
        "kind": tool.kind,
        "schema": tool.schema,
        "arguments": {name: _argument(tool, name, schema) for name, schema in properties.items()},
        "result": result_shape(tool),
        "missing": missing_text(tool),
    }
    if tool.kind == "write":
        entry |= _effect(source, tool, entry["result"])
    return entry


def _argument(tool: ToolSamples, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    values = tool.argument_values(name)
    if "enum" in schema:
        return {"kind": "choice", "values": list(schema["enum"])}
    return infer(values) if values else {"kind": "choice", "values": ["1" if schema.get("type") == "string" else 1]}


def _effect(source: Source, tool: ToolSamples, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a write does to the record it names: the fields its result repeats from the record's shape."""
    subject = source.subject(tool)
    lookup = next((look for look in source.lookups() if look.arguments[0] == subject), None)
    if lookup is None or result["kind"] != "object":
        return {}
    seen = {key for event in lookup.calls if isinstance(event.value, dict) for key in event.value}
    shared = {key: shape for key, shape in result["fields"].items() if key in seen and key != subject}
    fields = {key: shape for key, shape in shared.items() if shape["kind"] in ("constant", "argument")}
    return {
        "effect": {"table": lookup.name, "argument": subject, "fields": fields},
        "echoes_record": len(shared) >= 0.8 * len(seen),
    }


def _policy(trajectory: Trajectory) -> str:
    """The target's own policy where it is short, else a plain preface: a long one would drown a small model."""
    text = next((str(m["content"]) for m in trajectory.messages if m["role"] == "system"), "")
    return text if 0 < len(text) <= _LONGEST_POLICY else _PREFACE


def _json_style(attempts: Sequence[Attempt]) -> str:
    results = [e.result for a in attempts for e in a.calls if e.result.startswith(("{", "["))]
    spaced = sum('": ' in result for result in results)
    return "spaced" if spaced * 2 > len(results) else "compact"
