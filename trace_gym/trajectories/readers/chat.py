"""OpenAI-format chats with a reward column, JSONL or a JSON list: `{"messages": [...], "reward": 1.0}`."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import chat_message, objects
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import elements, json_lines, json_stream
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "chat"
TITLE = "OpenAI chats with a reward column"
# names that data sets use for a column; the first that is set wins
_REWARDS = ("reward", "score", "success")
_TASKS = ("task_id", "task", "id")
_ENVS = ("env_id", "env")
_MODELS = ("policy", "model")


def claims(head: Head) -> bool:
    """Returns whether a file begins with a chat.

    Other formats hold messages too, and what tells them apart may come later, so the first object must be complete.

    Args:
        head: The beginning of the file.
    """
    return head.whole and "messages" in head.members


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: A file of lines, or of one list.

    Raises:
        UserError: Where the file cannot be read on.
    """
    if json_stream(source).peek() == "[":
        rows = elements(source, "episode")
    else:
        rows = json_lines(source)
    return converted(source, rows, converter(source))


def converter(source: Source) -> Callable[[dict[str, Any]], Trajectory]:
    """Returns a function that makes a trajectory of a row; it numbers the attempts at each task.

    Args:
        source: The file and its options.
    """
    attempts: Counter[tuple[str, str]] = Counter()
    file_name = source.path.name.split(".")[0]

    def convert(row: dict[str, Any]) -> Trajectory:
        messages = paired([chat_message(message) for message in objects(row["messages"], "messages")])
        reward = _reward(row, source.options.reward)

        success = row.get("success")
        if not isinstance(success, bool):
            success = reward >= 1.0

        env = text(_first(row, _ENVS))
        if not env:
            env = f"chat/{file_name}"
        task = text(_first(row, _TASKS))
        if not task:
            task = _digest_of_start(messages)

        # rows that name their trial count as attempts too
        trial = attempts[env, task]
        attempts[env, task] += 1
        if row.get("trial") is not None:
            trial = whole_number(row["trial"], "trial")

        return Trajectory(
            env_id=env,
            task_id=task,
            trial=trial,
            seed=whole_number(row.get("seed"), "seed"),
            policy=text(_first(row, _MODELS)),
            messages=messages,
            reward=reward,
            success=success,
            terms=numbers(row.get("terms") or {}),
            tools=_tools(row.get("tools")),
        )

    return convert


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if row.get(name) is not None:
            return row[name]
    return None


def _reward(row: dict[str, Any], chosen: str) -> float:
    names: tuple[str, ...] = _REWARDS
    if chosen:
        names = (chosen,)

    for name in names:
        if row.get(name) is not None:
            return number(row[name], name)
    raise UserError(f"has no reward: expected a number in {' or '.join(names)}; --reward names another column")


def _digest_of_start(messages: list[dict[str, Any]]) -> str:
    """A name for a task without one: chats that are alike up to the assistant's first turn are at the same task."""
    start = list(takewhile(lambda message: message["role"] != "assistant", messages))
    return hashlib.sha256(json.dumps(start, sort_keys=True).encode()).hexdigest()[:12]


def _tools(value: Any) -> list[dict[str, Any]]:
    tools = value
    if isinstance(value, str) and value.strip():
        # data sets keep schemas as JSON text, since a column has one type
        with contextlib.suppress(ValueError):
            tools = json.loads(value)

    if not tools:
        return []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise UserError(f"tools are {value!r:.60}, expected a list of OpenAI function schemas")

    schemas = []
    for tool in tools:
        if "function" in tool:
            schemas.append(tool)
        else:
            # the flat form of the Responses API
            schemas.append({"type": "function", "function": tool})
    return schemas
