"""The base of emitted environments: tables that lookups read, a ledger that writes fill, requests that join."""

from __future__ import annotations

import copy
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from trace_gym.env.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.reward import RewardRule
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import ToolError
from trace_gym.synthetic.value_shapes import draw, draw_id

Blueprint = dict[str, Any]


def load_blueprint(module_file: str) -> Blueprint:
    """Reads the `blueprint.json` that lies beside an emitted module.

    Args:
        module_file: The module's `__file__`.
    """
    blueprint: Blueprint = json.loads((Path(module_file).parent / "blueprint.json").read_text(encoding="utf-8"))
    return blueprint


@dataclass(frozen=True)
class Part:
    """One thing asked for, with its solution; a task joins one or more."""

    request: str
    """What the user says."""
    calls: tuple[ToolCall, ...]
    """The gold calls."""
    reply: str
    """The gold closing words."""
    facts: tuple[Fact, ...] = ()
    """What must be communicated."""


class TaskBuilder:
    """Builds one task's state: a table per lookup, keyed by the call's arguments, and an empty ledger."""

    def __init__(self, blueprint: Blueprint, rng: np.random.Generator, split: str) -> None:
        """Starts with an empty state.

        Args:
            blueprint: Describes the tools.
            rng: The task's generator.
            split: Whose identifiers to use.
        """
        self.rng = rng
        self.split = split
        self.tools: dict[str, Any] = {tool["name"]: tool for tool in blueprint["tools"]}
        self.state: dict[str, Json] = {"tables": {}, "ledger": {}, "refusals": {}}

    def pick(self, choices: Sequence[Any]) -> Any:
        """Draws one of `choices`.

        Args:
            choices: At least one.
        """
        return choices[int(self.rng.integers(len(choices)))]

    def argument(self, tool: str, name: str) -> Json:
        """Draws a value for an argument of a tool; identifiers are not reused within a task.

        Args:
            tool: The tool's name.
            name: The argument's name.
        """
        shape = self.tools[tool]["arguments"][name]
        if shape["kind"] != "id":
            return draw(shape, self.rng, self.split, {})
        used = json.dumps(self.state["tables"]) + json.dumps(self.state.get("named", []))

        # short identifiers can run out; a repeated one only makes the task easier
        for _ in range(64):
            value = draw_id(shape, self.rng, self.split)
            if value not in used:
                break

        self.state.setdefault("named", []).append(value)
        return value

    def arguments(self, tool: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """Completes `given` with drawn values for the tool's other required arguments, in the schema's order.

        Args:
            tool: The tool's name.
            given: Values that are decided already.
        """
        parameters = self.tools[tool]["schema"]["function"]["parameters"]
        required = parameters.get("required", [])
        arguments = {}
        for name in parameters["properties"]:
            if name in given:
                arguments[name] = given[name]
            elif name in required:
                arguments[name] = self.argument(tool, name)
        return arguments

    def add_record(self, tool: str, arguments: Mapping[str, Json]) -> Any:
        """Draws what lookup `tool` returns for `arguments`, stores it, and returns it for editing in place.

        Args:
            tool: The lookup.
            arguments: What it will be asked.
        """
        record = copy.deepcopy(draw(self.tools[tool]["result"], self.rng, self.split, arguments))
        self.state["tables"].setdefault(tool, {})[key_of(arguments)] = record
        return record

    def refuse(self, call: ToolCall, message: str, *, once: bool) -> None:
        """Makes exactly this call fail with `message`: the first time only, or always.

        Args:
            call: The call.
            message: How it is refused.
            once: Whether only the first attempt fails.
        """
        self.state["refusals"][f"{call.name}({key_of(call.arguments)})"] = {"message": message, "once": once}


class SyntheticEnv(ToolEnv):
    """An emitted environment: rewards exercising one capability, and reaching the goal by it.

    `reward = no_collateral * (0.2 * exercised + 0.8 * exercised * outcome * communicated)`.
    """

    blueprint: ClassVar[Blueprint]
    """The description it was emitted from."""
    reward_rule = RewardRule(weights={"exercised": 0.2}, joint=0.8, gates=("no_collateral",))
    max_turns = 10

    def __init__(self, **kwargs: Any) -> None:
        """Takes what `ToolEnv` takes."""
        self.system_prompt = self.blueprint["guidelines"]
        self._by_name = {tool["name"]: tool for tool in self.blueprint["tools"]}
        super().__init__(**kwargs)

    @abstractmethod
    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Draws one thing to ask for.

        Args:
            builder: Builds the task's state.
            difficulty: The level, from 1 up.
        """
        raise NotImplementedError

    @abstractmethod
    def exercised(self, episode: Episode) -> float:
        """How far the episode exercised the capability, in [0, 1].

        Args:
            episode: A finished one.
        """
        raise NotImplementedError

    def parts_of(self, difficulty: int) -> int:
        """How many parts a task joins; one a level unless the archetype gets harder in another way.

        Args:
            difficulty: The level, from 1 up.
        """
        return difficulty

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Joins the parts into one task.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up.
        """
        builder = TaskBuilder(self.blueprint, rng, split)
        parts = [self.draw_part(builder, difficulty) for _ in range(self.parts_of(difficulty))]
        # only needed while drawing, and no part of the world
        builder.state.pop("named", None)

        calls: list[ToolCall] = []
        facts: list[Fact] = []
        for part in parts:
            calls += part.calls
            facts += part.facts

        return Task(
            request=" Also: ".join(part.request for part in parts),
            state=builder.state,
            gold=(*calls, " ".join(part.reply for part in parts)),
            facts=tuple(facts),
            private={"needs": (self.blueprint["capability"]["name"],)},
        )

    def terms(self, episode: Episode) -> dict[str, float]:
        """Adds `exercised` to the common terms.

        Args:
            episode: A finished one.
        """
        return {"exercised": self.exercised(episode), **super().terms(episode)}

    def look_up(self, state: dict[str, Json], tool: str, arguments: Mapping[str, Json]) -> str:
        """Returns what the table of `tool` holds for `arguments`.

        Args:
            state: The episode's state.
            tool: The tool's name.
            arguments: Values by argument name.

        Raises:
            ToolError: If it holds nothing.
        """
        table = state["tables"].get(tool, {})
        key = key_of(arguments)
        if key not in table:
            raise ToolError(fill(self._by_name[tool]["missing"], arguments))
        return self._text(table[key])

    def change(self, state: dict[str, Json], tool: str, arguments: Mapping[str, Json]) -> str:
        """Enters a write into the ledger, applies its effect to the record it names, and returns its result.

        Args:
            state: The episode's state.
            tool: The tool's name.
            arguments: Values by argument name.

        Raises:
            ToolError: If the task refuses this call.
        """
        description = self._by_name[tool]
        entry = f"{tool}({key_of(arguments)})"
        refusal = state["refusals"].get(entry)
        if refusal is not None:
            if refusal.get("once"):
                del state["refusals"][entry]
            raise ToolError(refusal["message"])

        record = self._record(state, description.get("effect"), arguments)
        if record is not None:
            record.update(_bound(description["effect"]["fields"], arguments))
        state["ledger"][entry] = True
        if description.get("echoes_record") and record is not None:
            return self._text(record)

        # results of writes hold nothing random, so no generator is needed to draw them
        return self._text(draw(description["result"], np.random.default_rng(0), self.split, arguments))

    def _record(
        self, state: dict[str, Json], effect: Mapping[str, Any] | None, arguments: Mapping[str, Json]
    ) -> dict[str, Json] | None:
        if not effect:
            return None
        key = key_of({effect["argument"]: arguments.get(effect["argument"])})
        record = state["tables"].get(effect["table"], {}).get(key)
        if isinstance(record, dict):
            return record
        return None

    def _text(self, value: Json) -> str:
        if isinstance(value, str):
            return value
        compact = self.blueprint["json_style"] == "compact"
        return json.dumps(value, ensure_ascii=False, separators=(",", ":") if compact else (", ", ": "))


def key_of(arguments: Mapping[str, Json]) -> str:
    """Writes arguments as a table key: the bare value of a single one, else JSON with sorted names.

    Args:
        arguments: Values by argument name.
    """
    if len(arguments) == 1:
        value = next(iter(arguments.values()))
        if isinstance(value, str):
            return value
        return json.dumps(value)
    return json.dumps(dict(arguments), sort_keys=True, ensure_ascii=False)


def at_path(value: Json, path: Sequence[str | int]) -> Json:
    """Returns what stands at `path` in a JSON value, or None.

    Args:
        value: A JSON value.
        path: Keys and positions, from the outside in.
    """
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def enumerate_words(values: Sequence[str]) -> str:
    """Writes `A, B and C`.

    Args:
        values: At least one.
    """
    if len(values) == 1:
        return values[0]
    return ", ".join(values[:-1]) + " and " + values[-1]


def put_at_path(value: Json, path: Sequence[str | int], new: Json) -> None:
    """Replaces what stands at `path` in a JSON value; a path that leads nowhere changes nothing.

    Args:
        value: A JSON value, changed in place.
        path: Keys and positions, from the outside in.
        new: What goes there.
    """
    holder = at_path(value, path[:-1])
    if isinstance(holder, (dict, list)):
        holder[path[-1]] = new  # type: ignore[index]


def _bound(fields: Mapping[str, Any], arguments: Mapping[str, Json]) -> dict[str, Json]:
    return {key: draw(shape, np.random.default_rng(0), "train", arguments) for key, shape in fields.items()}


def fill(template: str, arguments: Mapping[str, Json]) -> str:
    """Fills `{name}` slots; values may hold braces.

    Args:
        template: Text with `{name}` slots.
        arguments: Values by slot.
    """
    for name, value in arguments.items():
        template = template.replace("{" + name + "}", str(value))
    return template
