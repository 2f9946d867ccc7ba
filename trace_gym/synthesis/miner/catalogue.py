"""What trajectories reveal about a target: its tools, how their arguments and results look, how they refuse."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.capabilities.attempt import Attempt, CallEvent
from trace_gym.env.types import Json
from trace_gym.synthetic.value_shapes import Shape, infer
from trace_gym.trajectories.record import Trajectory

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_MOST_SAMPLES = 300
_ENOUGH = 5


@dataclass
class ToolSamples:
    """One tool as seen in trajectories.

    Example:
        >>> tool = ToolSamples("refund", "write", infer_schema("refund", []))
        >>> tool.arguments, tool.schema["function"]["description"]
        ([], 'Refund.')
    """

    name: str
    """Its name."""
    kind: str
    """`read` or `write`."""
    schema: dict[str, Json]
    """OpenAI function schema: the target's own where it is known, else inferred from the calls."""
    calls: list[CallEvent] = field(default_factory=list)
    """Calls that succeeded."""
    refused: list[CallEvent] = field(default_factory=list)
    """Calls that were refused."""

    @property
    def arguments(self) -> list[str]:
        """The required arguments in the schema's order."""
        parameters = self.schema["function"]["parameters"]
        required = parameters.get("required", list(parameters["properties"]))
        return [name for name in parameters["properties"] if name in required]

    def argument_values(self, name: str) -> list[Json]:
        """Values seen for an argument, from refused calls too where few calls succeeded.

        Args:
            name: The argument.
        """
        accepted = _values_of(name, self.calls)
        if len(accepted) >= _ENOUGH:
            return accepted
        # what was refused still shows the form of a value
        return accepted + _values_of(name, self.refused)


def build_catalogue(
    trajectories: Sequence[Trajectory], attempts: Sequence[Attempt], schemas: Sequence[Mapping[str, Any]] = ()
) -> dict[str, ToolSamples]:
    """Collects every tool the assistant called or was shown.

    Args:
        trajectories: The records.
        attempts: The same, prepared.
        schemas: The target's own schemas, where the trajectories do not carry them.
    """
    schema_of: dict[str, dict[str, Json]] = {}
    if trajectories:
        schema_of.update(_by_name(trajectories[0].tools))
    schema_of.update(_by_name(schemas))

    # tools that were shown stand first, in the target's order; then those that only calls reveal
    events_of: dict[str, list[CallEvent]] = {name: [] for name in schema_of}
    for attempt in attempts:
        for event in attempt.calls:
            events_of.setdefault(event.call.name, []).append(event)

    catalogue: dict[str, ToolSamples] = {}
    for name, events in events_of.items():
        kind = attempts[0].kind(name)
        accepted = [event for event in events if not event.error]
        refused = [event for event in events if event.error]
        # a name that no schema has and no call got through is the assistant's invention
        if kind == "other" or (name not in schema_of and not accepted):
            continue

        schema = schema_of.get(name) or infer_schema(name, events)
        catalogue[name] = ToolSamples(name, kind, schema, accepted[:_MOST_SAMPLES], refused[:_MOST_SAMPLES])

    return catalogue


def _by_name(schemas: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Json]]:
    return {schema["function"]["name"]: dict(schema) for schema in schemas}


def _values_of(argument: str, events: Iterable[CallEvent]) -> list[Json]:
    """The values of an argument in the calls that give it."""
    return [event.call.arguments[argument] for event in events if argument in event.call.arguments]


def infer_schema(name: str, events: Sequence[CallEvent]) -> dict[str, Json]:
    """Infers a function schema from calls: names, JSON types, enums are not guessed.

    Args:
        name: The tool.
        events: Its calls.
    """
    samples = [event for event in events if not event.error] or list(events)
    counts: Counter[str] = Counter()
    for event in samples:
        counts.update(event.call.arguments.keys())

    properties = {}
    for argument in counts:
        schema = _type_schema(_values_of(argument, samples))
        properties[argument] = {**schema, "description": argument.replace("_", " ")}

    words = name.replace("_", " ")
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": words[:1].upper() + words[1:] + ".",
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": [argument for argument, count in counts.items() if count == len(samples)],
            },
        },
    }


def _type_schema(values: Sequence[Json]) -> dict[str, Json]:
    kinds = {_TYPES.get(type(value), "string") for value in values}
    if kinds == {"array"}:
        return {"type": "array", "items": _items_schema(values)}
    if kinds == {"object"}:
        return _object_schema(values)
    if kinds == {"integer", "number"}:
        return {"type": "number"}
    if len(kinds) == 1:
        return {"type": kinds.pop()}
    return {}


def _items_schema(lists: Sequence[list[Json]]) -> dict[str, Json]:
    items = list(itertools.chain.from_iterable(lists))
    if not items:
        return {"type": "string"}
    return _type_schema(items)


def _object_schema(values: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    values_of: dict[str, list[Json]] = {}
    for value in values:
        for key, item in value.items():
            values_of.setdefault(key, []).append(item)

    return {
        "type": "object",
        "properties": {key: _type_schema(items) for key, items in values_of.items()},
        "required": [key for key, items in values_of.items() if len(items) == len(values)],
    }


def result_shape(tool: ToolSamples) -> Shape:
    """Infers how a tool's results look, with values that merely repeat an argument marked as such.

    Args:
        tool: The tool as it was seen.
    """
    values = [event.value for event in tool.calls]
    if not values:
        return {"kind": "constant", "value": "Done."}
    if all(isinstance(value, str) for value in values):
        return _text_shape(tool)

    # some lookups answer an unknown key with a text or an empty list instead of a refusal
    usual = Counter(map(type, values)).most_common(1)[0][0]
    events = [event for event in tool.calls if type(event.value) is usual]
    shape = infer([event.value for event in events])
    if shape["kind"] == "object":
        for key in shape["fields"]:
            for argument in tool.arguments:
                if _repeats(events, key, argument):
                    shape["fields"][key] = {"kind": "argument", "name": argument}

    return shape


def _repeats(events: Sequence[CallEvent], key: str, argument: str) -> bool:
    """Whether a field of the results always holds what the call gave for an argument."""
    for event in events:
        if key in event.value and event.value[key] != event.call.arguments.get(argument, ""):
            return False
    return True


def _text_shape(tool: ToolSamples) -> Shape:
    texts = [_slotted(event.result, event.call.arguments) for event in tool.calls]
    template, count = Counter(texts).most_common(1)[0]
    if count * 2 >= len(texts):
        return {"kind": "template", "text": template}
    return infer(texts)


def _slotted(text: str, arguments: Mapping[str, Json]) -> str:
    """Replaces the arguments of a call by `{slots}`; values of one or two characters stand in too many words."""
    for name, value in arguments.items():
        if isinstance(value, str) and len(value) > 2:
            text = text.replace(value, "{" + name + "}")
    return text


def missing_text(tool: ToolSamples) -> str:
    """Returns how a lookup refuses an unknown key, with `{argument}` slots.

    Args:
        tool: The tool as it was seen.
    """
    texts = []
    for event in tool.refused:
        text = _slotted(event.result.removeprefix("Error:").strip(), event.call.arguments)
        # a malformed call is refused by its form, not because there is no such key
        if "Invalid call" not in text:
            texts.append(text)

    if texts:
        return Counter(texts).most_common(1)[0][0]
    return "nothing found for " + ", ".join("{" + name + "}" for name in tool.arguments) + "."
