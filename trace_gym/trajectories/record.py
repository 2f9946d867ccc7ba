"""The record of one attempt, as stored in `trajectories.jsonl` (one JSON object a line)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import UserError

SCHEMA = "trace-gym/trajectory"
VERSION = 1

_TEXT = {"type": "string"}
_CALL = {
    "type": "object",
    "required": ["name", "arguments"],
    "properties": {"name": _TEXT, "arguments": {"type": "object"}},
}
_FACT = {"value": _TEXT, "unless": {"type": "array", "items": _TEXT}, "about": _TEXT}
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": _TEXT,
        "name": _TEXT,
        "tool_call_id": _TEXT,
        "tool_calls": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "function"],
                "properties": {"id": _TEXT, "function": _CALL},
            },
        },
    },
}
# unknown keys are allowed everywhere: importers keep what other formats say of a message
_VALIDATOR = jsonschema.Draft202012Validator(
    {
        "type": "object",
        "required": ["env_id", "task_id", "messages", "reward"],
        "properties": {
            "env_id": _TEXT,
            "task_id": _TEXT,
            "reward": {"type": "number"},
            "trial": {"type": "integer"},
            "seed": {"type": "integer"},
            "split": _TEXT,
            "policy": _TEXT,
            "adapter": _TEXT,
            "error": _TEXT,
            "termination": _TEXT,
            "script": _TEXT,
            "success": {"type": "boolean"},
            "settings": {"type": "object"},
            "terms": {"type": "object", "additionalProperties": {"type": "number"}},
            "gold": {"type": "array", "items": _CALL},
            "facts": {
                "type": "array",
                "items": {"type": "object", "required": ["value"], "properties": _FACT},
            },
            "tools": {"type": "array", "items": {"type": "object", "required": ["function"]}},
            "tool_kinds": {"type": "object"},
            "messages": {"type": "array", "items": _MESSAGE},
        },
    }
)


@dataclass
class Trajectory:
    """One attempt at one task.

    Example:
        >>> talk = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello."}]
        >>> Trajectory("shop", "7", talk, reward=1.0, success=True).trial
        0
    """

    env_id: str
    """The environment or benchmark, such as `trace/ServiceDesk-v0` or `tau2/airline`."""
    task_id: str
    """The task's name within it; attempts at the same task share it."""
    messages: list[dict[str, Json]]
    """OpenAI chat messages; tool messages carry `error`, a user's own tool use carries `requestor: "user"`."""
    reward: float
    """The episode's reward."""
    success: bool
    """Whether the task counts as solved."""
    trial: int = 0
    """Number of the attempt at this task."""
    split: str = ""
    """The split the task belongs to, where known."""
    seed: int = 0
    """The seed of the policy's sampling."""
    policy: str = ""
    """The id of the policy that acted."""
    adapter: str = ""
    """The adapter it used, empty for the base."""
    tools: list[dict[str, Json]] = field(default_factory=list)
    """OpenAI function schemas the assistant was shown, where known."""
    tool_kinds: dict[str, str] = field(default_factory=dict)
    """`read` or `write` by tool name, where known."""
    settings: dict[str, Json] = field(default_factory=dict)
    """Settings of the run, such as difficulty, temperature and the longest turn."""
    terms: dict[str, float] = field(default_factory=dict)
    """Reward terms."""
    gold: list[ToolCall] | None = None
    """The assistant's calls in a reference solution; None when there is none."""
    facts: list[Fact] = field(default_factory=list)
    """Facts that the assistant had to tell the user."""
    error: str = ""
    """Why the rollout was aborted; empty if it was not."""
    termination: str = ""
    """How the episode ended, in its benchmark's words, where known."""
    script: str = ""
    """What a simulated user was told to do, where known; only who looks for the user's faults reads it."""

    def turns(self) -> list[str]:
        """Returns the assistant's turns as the model wrote them, without a greeting that precedes the first request."""
        start = 0
        for position, message in enumerate(self.messages):
            if message["role"] == "user":
                start = position
                break

        turns = []
        for message in self.messages[start:]:
            if message["role"] == "assistant":
                # `content` lacks the calls that were parsed out of the text, `raw` has them
                turns.append(str(message.get("raw", message["content"])))
        return turns

    def to_json(self) -> dict[str, Json]:
        """Returns the JSON record; empty optional fields are left out."""
        row: dict[str, Json] = {
            "schema": SCHEMA,
            "version": VERSION,
            "env_id": self.env_id,
            "task_id": self.task_id,
            "trial": self.trial,
            "seed": self.seed,
            "reward": self.reward,
            "success": self.success,
        }

        optional: dict[str, Json] = {
            "split": self.split,
            "policy": self.policy,
            "adapter": self.adapter,
            "settings": self.settings,
            "terms": self.terms,
            "error": self.error,
            "termination": self.termination,
            "script": self.script,
            "tool_kinds": self.tool_kinds,
            "facts": [fact.to_json() for fact in self.facts],
        }
        row.update({key: value for key, value in optional.items() if value})

        # a task whose solution is to do nothing has an empty list, a task without a solution no list
        if self.gold is not None:
            row["gold"] = [call.to_json() for call in self.gold]
        row["messages"] = self.messages

        if self.tools:
            row["tools"] = self.tools
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Trajectory:
        """Reads a JSON record.

        Args:
            row: The parsed line.

        Raises:
            UserError: If it has another schema or version, or a value of the wrong type.
        """
        if row.get("schema") != SCHEMA:
            raise UserError(f"schema is {row.get('schema')!r:.60}, expected {SCHEMA!r}")
        if row.get("version") != VERSION:
            raise UserError(f"version is {row.get('version')!r:.60}, this program reads version {VERSION}")

        check_row(row)
        return cls(
            env_id=row["env_id"],
            task_id=row["task_id"],
            messages=row["messages"],
            reward=float(row["reward"]),
            success=bool(row.get("success", row["reward"] >= 1)),
            trial=int(row.get("trial", 0)),
            split=row.get("split", ""),
            seed=int(row.get("seed", 0)),
            policy=row.get("policy", ""),
            adapter=row.get("adapter", ""),
            tools=row.get("tools", []),
            tool_kinds=row.get("tool_kinds", {}),
            settings=row.get("settings", {}),
            terms=row.get("terms", {}),
            error=row.get("error", ""),
            termination=row.get("termination", ""),
            script=row.get("script", ""),
            gold=_gold(row),
            facts=_facts(row),
        )


def _gold(row: Mapping[str, Any]) -> list[ToolCall] | None:
    calls = row.get("gold")
    if calls is None:
        return None
    return [ToolCall(call["name"], call["arguments"]) for call in calls]


def _facts(row: Mapping[str, Any]) -> list[Fact]:
    facts = []
    for fact in row.get("facts", []):
        facts.append(Fact(fact["value"], tuple(fact.get("unless", ())), fact.get("about", "")))
    return facts


def check_row(row: Mapping[str, Any]) -> None:
    """Checks the types of a JSON record.

    Args:
        row: The parsed line.

    Raises:
        UserError: If a value has the wrong type or the reward is not finite; names where.
    """
    fault = next(iter(_VALIDATOR.iter_errors(dict(row))), None)
    if fault is not None:
        where = ".".join(str(part) for part in fault.absolute_path) or "record"
        # jsonschema quotes the whole value, and a long one would push the fault out of the sentence
        value = repr(fault.instance)
        message = fault.message.replace(value, value[:60] + "..." * (len(value) > 60))
        raise UserError(f"{where}: {message:.160}")

    # JSON has no NaN, but Python's parser accepts it, and a schema cannot refuse it
    if not math.isfinite(row["reward"]):
        raise UserError(f"reward: {row['reward']!r} is not a finite number")
