"""Filling a blueprint for one capability from a corpus, deterministically."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import Label
from trace_gym.errors import UserError
from trace_gym.synthesis.archetypes import ARCHETYPES
from trace_gym.synthesis.blueprint import SCHEMA, VERSION, check_blueprint
from trace_gym.synthesis.miner.catalogue import ToolSamples, build_catalogue, missing_text, result_shape
from trace_gym.synthesis.miner.source import Source
from trace_gym.synthetic.env import Blueprint
from trace_gym.synthetic.value_shapes import infer
from trace_gym.trajectories.record import Trajectory

_LEAST_TOOLS = 4
"""Tools an environment offers, so that choosing one is a choice."""
_LONGEST_GUIDELINES = 1500
"""Characters; longer guidelines would drown a small model."""
_PREFACE = "You are a customer-service agent. Use the tools to do what the user asks, and tell them the outcome."
_MOSTLY = 0.8
"""Share of a record's fields that a write must repeat to count as showing the record."""


def mine_blueprint(table: LabelTable, corpus: Corpus) -> Blueprint:
    """Fills a blueprint for one capability.

    Args:
        table: The capability, and where it was PRESENT or LACKING.
        corpus: What was labelled.

    Returns:
        A valid blueprint.

    Raises:
        UserError: If the corpus does not hold what the capability's archetype needs.
    """
    capability = table.capability
    if capability.archetype == "":
        raise UserError(
            f"No environment for {capability.name!r}: no kind of environment trains it yet; those there are: "
            f"{', '.join(ARCHETYPES)}."
        )
    if capability.archetype not in ARCHETYPES:
        raise UserError(
            f"No environment for {capability.name!r}: its archetype {capability.archetype!r} is unknown; expected one "
            f"of {', '.join(ARCHETYPES)}."
        )

    source = _source(table, corpus)
    archetype = ARCHETYPES[capability.archetype]
    roles = archetype.mine(source)
    if roles is None:
        raise UserError(
            f"No environment for {capability.name!r}: its archetype {capability.archetype!r} needs "
            f"{archetype.NEEDS}, which these trajectories do not show; collect more, or others."
        )

    return frame_of(table, corpus, archetype=capability.archetype, roles=roles)


def frame_of(table: LabelTable, corpus: Corpus, *, archetype: str, roles: dict[str, Any]) -> Blueprint:
    """Puts the roles of an environment into a blueprint, with the tools they name and the target's ways.

    Args:
        table: The capability, and where it was PRESENT or LACKING.
        corpus: What was labelled.
        archetype: The kind of environment.
        roles: What its template needs; `tools` names the tools.

    Raises:
        UserError: If the blueprint is not valid.
    """
    capability = table.capability
    source = _source(table, corpus)
    first = corpus.trajectories[0]
    tool_names = _tool_names(source.tools, roles["tools"])
    blueprint: Blueprint = {
        "schema": SCHEMA,
        "version": VERSION,
        **environment_names(first.env_id, capability.name),
        "target": first.env_id,
        "capability": {"name": capability.name, "description": capability.description},
        "archetype": archetype,
        "guidelines": _guidelines(first),
        "json_style": _json_style(corpus.attempts),
        "tools": [_tool(source, source.tools[name]) for name in tool_names],
        "roles": roles,
    }

    check_blueprint(blueprint)
    return blueprint


def camel(text: str) -> str:
    """Joins words in camel case.

    Args:
        text: Words with anything between them.

    Example:
        >>> camel("service_desk"), camel("ServiceDesk")
        ('ServiceDesk', 'ServiceDesk')
    """
    words = re.split(r"[^A-Za-z0-9]+", text)
    return "".join(word[:1].upper() + word[1:] for word in words if word)


def environment_names(target: str, capability: str) -> dict[str, str]:
    """Names an environment after its target and capability.

    Args:
        target: Id of the target; one of ours loses its namespace, a foreign one becomes part of the name.
        capability: The capability's name.

    Returns:
        `env_id`, `class_name` and `folder`.

    Example:
        >>> environment_names("tau2/airline", "error_recovery")["env_id"]
        'trace/Tau2AirlineErrorRecovery-v0'
    """
    plain = re.sub(r"-v\d+$", "", target.removeprefix("trace/"))
    class_name = camel(plain) + camel(capability)
    if not class_name[0].isalpha():
        class_name = "Env" + class_name
    folder = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()
    return {"env_id": f"trace/{class_name}-v0", "class_name": class_name, "folder": folder}


def _source(table: LabelTable, corpus: Corpus) -> Source:
    """The attempts in which the capability mattered, and all others for contrast."""
    catalogue = build_catalogue(corpus.trajectories, corpus.attempts, corpus.tool_schemas)
    labels = table.consensus()
    concerned = []
    for key, attempt in zip(corpus.keys, corpus.attempts, strict=True):
        if labels[key] is not Label.NA:
            concerned.append(attempt)
    return Source(catalogue, concerned, corpus.attempts)


def _tool_names(catalogue: Mapping[str, ToolSamples], needed: Sequence[str]) -> list[str]:
    """The role tools, filled up with the target's most used others, in the target's order."""
    others = [name for name in catalogue if name not in needed]
    others.sort(key=lambda name: -len(catalogue[name].calls))
    missing = max(0, _LEAST_TOOLS - len(set(needed)))
    chosen = {*needed, *others[:missing]}
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
    if "enum" in schema:
        return {"kind": "choice", "values": list(schema["enum"])}
    values = tool.argument_values(name)
    if values:
        return infer(values)

    # never seen: any value does, as long as it has the type
    placeholder = "1" if schema.get("type") == "string" else 1
    return {"kind": "choice", "values": [placeholder]}


def _effect(source: Source, tool: ToolSamples, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a write does to the record it names: the fields its result repeats from the record's shape."""
    subject = source.subject(tool)
    lookups = [lookup for lookup in source.lookups() if lookup.arguments[0] == subject]
    if not lookups or result["kind"] != "object":
        return {}

    record_fields = set()
    for event in lookups[0].calls:
        if isinstance(event.value, dict):
            record_fields |= set(event.value)

    shared = {key: shape for key, shape in result["fields"].items() if key in record_fields and key != subject}
    changed = {key: shape for key, shape in shared.items() if shape["kind"] in ("constant", "argument")}
    return {
        "effect": {"table": lookups[0].name, "argument": subject, "fields": changed},
        "echoes_record": len(shared) >= _MOSTLY * len(record_fields),
    }


def _guidelines(trajectory: Trajectory) -> str:
    """The target's own guidelines where they are short, else a plain preface."""
    for message in trajectory.messages:
        if message["role"] == "system":
            text = str(message["content"])
            return text if 0 < len(text) <= _LONGEST_GUIDELINES else _PREFACE
    return _PREFACE


def _json_style(attempts: Sequence[Attempt]) -> str:
    """Whether the target writes JSON with spaces after its separators."""
    structured = 0
    spaced = 0
    for attempt in attempts:
        for event in attempt.calls:
            if event.result.startswith(("{", "[")):
                structured += 1
                spaced += '": ' in event.result

    return "spaced" if spaced * 2 > structured else "compact"
