"""`SyntheticEnv`, the base of emitted environments, and the names that their modules import."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from trace_gym.env.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.reward import RewardRule
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import ToolError
from trace_gym.synthetic.blueprint import Blueprint, load_blueprint
from trace_gym.synthetic.paths import at_path, put_at_path
from trace_gym.synthetic.task_builder import Part, TaskBuilder
from trace_gym.synthetic.texts import enumerate_words, fill, key_of
from trace_gym.synthetic.value_shapes import draw

# emitted modules import all of these from here
__all__ = [
    "Blueprint",
    "Part",
    "SyntheticEnv",
    "TaskBuilder",
    "at_path",
    "enumerate_words",
    "fill",
    "key_of",
    "load_blueprint",
    "put_at_path",
]


class SyntheticEnv(ToolEnv):
    """An emitted environment: it rewards exercising one capability, and reaching the goal by it.

    `reward = no_collateral * (0.2 * exercised + 0.8 * exercised * outcome * communicated)`.

    Lookups read the state's tables. Writes are entered into its ledger, and may change a record.

    Example:
        >>> from trace_gym.env.tools import tool
        >>> order_id = {"kind": "id", "segments": [{"text": "W"}, {"digits": 2}]}
        >>> properties = {"order_id": {"type": "string"}}
        >>> parameters = {"type": "object", "properties": properties, "required": ["order_id"]}
        >>> schema = {"type": "function", "function": {"name": "get_status", "parameters": parameters}}
        >>> get_status = {"name": "get_status", "schema": schema, "arguments": {"order_id": order_id}}
        >>> get_status["result"] = {"kind": "choice", "values": ["pending", "shipped"]}
        >>> get_status["missing"] = "no order {order_id}."
        >>> class Reporting(SyntheticEnv):
        ...     blueprint = {
        ...         "capability": {"name": "reporting"},
        ...         "guidelines": "Answer the question.",
        ...         "json_style": "compact",
        ...         "tools": [get_status],
        ...     }
        ...
        ...     @tool(kind="read", schema=schema)
        ...     def get_status(self, state, /, **arguments):
        ...         return self.look_up(state, "get_status", arguments)
        ...
        ...     def draw_part(self, builder, difficulty):
        ...         arguments = builder.arguments("get_status", {})
        ...         status = builder.add_record("get_status", arguments)
        ...         call = ToolCall("get_status", arguments)
        ...         return Part(f"What is the status of {arguments['order_id']}?", (call,), status, (Fact(status),))
        ...
        ...     def exercised(self, episode):
        ...         return float(bool(episode.calls))
        >>> env = Reporting()
        >>> _ = env.reset(seed=0)
        >>> for turn in env.oracle():
        ...     observation, reward, terminated, truncated, info = env.step(turn)
        >>> reward
        1.0
    """

    blueprint: ClassVar[Blueprint]
    """What the environment was emitted from."""
    # exercising pays a little by itself, so that a policy that does not reach the goal yet has a gradient
    reward_rule = RewardRule(weights={"exercised": 0.2}, joint=0.8, gates=("no_collateral",))
    max_turns = 10

    def __init__(self, **kwargs: Any) -> None:
        """Makes an environment over the tasks of one split.

        Args:
            kwargs: The arguments of `ToolEnv`.
        """
        self.system_prompt = self.blueprint["guidelines"]
        # emitted modules read this attribute too, so its name is fixed
        self._by_name = {tool["name"]: tool for tool in self.blueprint["tools"]}
        super().__init__(**kwargs)

    @abstractmethod
    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Draws one thing to ask for, and adds what it needs to the task's state.

        Args:
            builder: Builds the task's state.
            difficulty: The level, from 1 up.
        """
        raise NotImplementedError

    @abstractmethod
    def exercised(self, episode: Episode) -> float:
        """Returns how far an episode exercised the capability, in [0, 1].

        Args:
            episode: A finished episode.
        """
        raise NotImplementedError

    def parts_of(self, difficulty: int) -> int:
        """Returns the number of parts a task joins.

        One per level; an archetype that gets harder in another way overrides this.

        Args:
            difficulty: The level, from 1 up.
        """
        return difficulty

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws the parts and joins them into one task.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up.
        """
        builder = TaskBuilder(self.blueprint, rng, split)
        requests: list[str] = []
        calls: list[ToolCall] = []
        replies: list[str] = []
        facts: list[Fact] = []

        for _ in range(self.parts_of(difficulty)):
            part = self.draw_part(builder, difficulty)
            requests.append(part.request)
            calls += part.calls
            replies.append(part.reply)
            facts += part.facts

        return Task(
            request=" Also: ".join(requests),
            state=builder.state,
            # one message at the end: a message without a question ends the conversation
            gold=(*calls, " ".join(replies)),
            facts=tuple(facts),
            private={"needs": (self.blueprint["capability"]["name"],)},
        )

    def terms(self, episode: Episode) -> dict[str, float]:
        """Computes the reward terms: `exercised`, and those of every environment.

        Args:
            episode: A finished episode.

        Returns:
            Values in [0, 1] by name.
        """
        return {"exercised": self.exercised(episode), **super().terms(episode)}

    def look_up(self, state: dict[str, Json], tool: str, arguments: Mapping[str, Json]) -> str:
        """Runs a lookup: returns the record of its table that the arguments name.

        Args:
            state: The episode's state.
            tool: The tool's name.
            arguments: Values by argument name.

        Raises:
            ToolError: If there is no such record.
        """
        table = state["tables"].get(tool, {})
        key = key_of(arguments)
        if key not in table:
            raise ToolError(fill(self._by_name[tool]["missing"], arguments))
        return self._text(table[key])

    def change(self, state: dict[str, Json], tool: str, arguments: Mapping[str, Json]) -> str:
        """Runs a write: enters it into the ledger, applies its effect to the record it names, and returns its result.

        Args:
            state: The episode's state, which is changed.
            tool: The tool's name.
            arguments: Values by argument name.

        Raises:
            ToolError: If the task refuses this call.
        """
        entry = f"{tool}({key_of(arguments)})"
        refusal = state["refusals"].get(entry)
        if refusal is not None:
            if refusal.get("once"):
                del state["refusals"][entry]
            raise ToolError(refusal["message"])

        description = self._by_name[tool]
        record = self._record_to_change(state, description.get("effect"), arguments)
        if record is not None:
            record.update(_changed_fields(description["effect"]["fields"], arguments))
        # the ledger makes every write count, those without an effect on a record too
        state["ledger"][entry] = True

        if description.get("echoes_record") and record is not None:
            return self._text(record)
        # results of writes hold nothing random, so no generator is needed to draw them
        return self._text(draw(description["result"], np.random.default_rng(0), self.split, arguments))

    def _record_to_change(
        self, state: dict[str, Json], effect: Mapping[str, Any] | None, arguments: Mapping[str, Json]
    ) -> dict[str, Json] | None:
        """The record that a write acts on; None if it has no effect, or the task has no such record."""
        if not effect:
            return None
        subject = arguments.get(effect["argument"])
        key = key_of({effect["argument"]: subject})
        record = state["tables"].get(effect["table"], {}).get(key)
        # a lookup may also return a list or a text, which has no fields to set
        if not isinstance(record, dict):
            return None
        return record

    def _text(self, value: Json) -> str:
        """A result as the target writes it."""
        if isinstance(value, str):
            return value
        separators = (", ", ": ")
        if self.blueprint["json_style"] == "compact":
            separators = (",", ":")
        return json.dumps(value, ensure_ascii=False, separators=separators)


def _changed_fields(shapes: Mapping[str, Any], arguments: Mapping[str, Json]) -> dict[str, Json]:
    """The new values of a record's fields: constants, or taken from the arguments, so nothing of it is random."""
    fields: dict[str, Json] = {}
    for name, shape in shapes.items():
        fields[name] = draw(shape, np.random.default_rng(0), "train", arguments)
    return fields
