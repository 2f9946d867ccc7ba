"""What trajectories reveal about a target: its tools, how their arguments and results look, how they refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    """One tool as seen in trajectories."""

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
        good = [c.call.arguments[name] for c in self.calls if name in c.call.arguments]
        refused = [c.call.arguments[name] for c in self.refused if name in c.call.arguments]
        return good if len(good) >= _ENOUGH else good + refused


def build_catalogue(
    trajectories: Sequence[Trajectory], attempts: Sequence[Attempt], schemas: Sequence[Mapping[str, Any]] = ()
) -> dict[str, ToolSamples]:
    """Collects every tool the assistant called or was shown.

    Args:
        trajectories: The records.
        attempts: The same, prepared.
        schemas: The target's own schemas, where the trajectories do not carry them.
    """
    known = {s["function"]["name"]: dict(s) for t in trajectories[:1] for s in t.tools}
    known.update({s["function"]["name"]: dict(s) for s in schemas})
    events = [event for attempt in attempts for event in attempt.calls]
    found: dict[str, ToolSamples] = {}
    seen = dict.fromkeys([*known, *(event.call.name for event in events)])

    for name in seen:
        kind = attempts[0].kind(name)
        mine = [event for event in events if event.call.name == name]
        if kind == "other" or (name not in known and all(event.error for event in mine)):
            continue
        schema = known.get(name) or infer_schema(name, mine)
        calls = [event for event in mine if not event.error][:_MOST_SAMPLES]
        refused = [event for event in mine if event.error][:_MOST_SAMPLES]
        found[name] = ToolSamples(name, kind, schema, calls, refused)

    return found


def infer_schema(name: str, events: Sequence[CallEvent]) -> dict[str, Json]:
    """Infers a function schema from calls: names, JSON types, enums are not guessed.

    Args:
        name: The tool.
        events: Its calls.
    """
    good = [event for event in events if not event.error] or list(events)
    names = Counter(argument for event in good for argument in event.call.arguments)
    properties = {
        argument: _type_schema([e.call.arguments[argument] for e in good if argument in e.call.arguments])
        for argument in names
    }
    words = name.replace("_", " ")

    return {
        "type": "function",
        "function": {
            "name": name,
            "description": words[:1].upper() + words[1:] + ".",
            "parameters": {
                "type": "object",
                "properties": {a: {**s, "description": a.replace("_", " ")} for a, s in properties.items()},
                "required": [argument for argument, count in names.items() if count == len(good)],
            },
        },
    }


def _type_schema(values: Sequence[Json]) -> dict[str, Json]:
    kinds = {_TYPES.get(type(value), "string") for value in values}
    if kinds == {"array"}:
        items = [item for value in values for item in value]
        return {"type": "array", "items": _type_schema(items) if items else {"type": "string"}}

    if kinds == {"object"}:
        keys = list(dict.fromkeys(key for value in values for key in value))
        always = [key for key in keys if all(key in value for value in values)]
        return {
            "type": "object",
            "properties": {k: _type_schema([v[k] for v in values if k in v]) for k in keys},
            "required": always,
        }

    if kinds == {"integer", "number"}:
        return {"type": "number"}
    return {"type": kinds.pop()} if len(kinds) == 1 else {}


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

    usual = Counter(type(value) for value in values).most_common(1)[0][0]
    kept = [event for event in tool.calls if type(event.value) is usual]
    shape = infer([event.value for event in kept])
    if shape["kind"] == "object":
        for key in shape["fields"]:
            for argument in tool.arguments:
                if all(e.value.get(key) == e.call.arguments.get(argument, "") for e in kept if key in e.value):
                    shape["fields"][key] = {"kind": "argument", "name": argument}

    return shape


def _text_shape(tool: ToolSamples) -> Shape:
    texts = []
    for event in tool.calls:
        text = event.result
        for name, value in event.call.arguments.items():
            if isinstance(value, str) and len(value) > 2:
                text = text.replace(value, "{" + name + "}")
        texts.append(text)

    template, count = Counter(texts).most_common(1)[0]
    if count * 2 >= len(texts):
        return {"kind": "template", "text": template}
    return infer(texts)


def missing_text(tool: ToolSamples) -> str:
    """Returns how a lookup refuses an unknown key, with `{argument}` slots.

    Args:
        tool: The tool as it was seen.
    """
    texts = []
    for event in tool.refused:
        text = event.result.removeprefix("Error:").strip()
        for name, value in event.call.arguments.items():
            if isinstance(value, str) and len(value) > 2:
                text = text.replace(value, "{" + name + "}")
        if "Invalid call" not in text:
            texts.append(text)

    if texts:
        return Counter(texts).most_common(1)[0][0]
    return "nothing found for " + ", ".join("{" + name + "}" for name in tool.arguments) + "."
