"""OpenAI-format chats with a reward column, JSONL or a JSON list: `{"messages": [...], "reward": 1.0}`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import chat_message, objects, paired
from trace_gym.trajectories.readers.parts import elements, json_lines, json_stream
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "chat"
TITLE = "OpenAI chats with a reward column"
_REWARDS = ("reward", "score", "success")
_TASKS = ("task_id", "task", "id")
_ENVS = ("env_id", "env")
_MODELS = ("policy", "model")


def claims(head: Head) -> bool:
    """Whether a file begins with a chat; other formats hold messages too, so the whole first object is looked at.

    Args:
        head: The beginning of the file.
    """
    return head.whole and "messages" in head.members


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: Where the file cannot be read on.
    """
    array = json_stream(source).peek() == "["
    return converted(source, elements(source, "episode") if array else json_lines(source), converter(source))


def converter(source: Source) -> Callable[[dict[str, Any]], Trajectory]:
    """Returns what makes a trajectory of a row; it counts the attempts at each task.

    Args:
        source: The file, and what the user said of it.
    """
    seen: Counter[tuple[str, str]] = Counter()
    place = f"chat/{source.path.name.split('.')[0]}"

    def convert(row: dict[str, Any]) -> Trajectory:
        messages = paired([chat_message(message) for message in objects(row["messages"], "messages")])
        reward = _reward(row, source.options.reward)
        env = text(_first(row, _ENVS)) or place
        task = text(_first(row, _TASKS)) or _start_of(messages)
        trial = row.get("trial")
        seen[env, task] += 1
        success = row.get("success")

        return Trajectory(
            env_id=env,
            task_id=task,
            trial=seen[env, task] - 1 if trial is None else whole_number(trial, "trial"),
            seed=whole_number(row.get("seed"), "seed"),
            policy=text(_first(row, _MODELS)),
            messages=messages,
            reward=reward,
            success=success if isinstance(success, bool) else reward >= 1.0,
            terms=numbers(row.get("terms") or {}),
            tools=_tools(row.get("tools")),
        )

    return convert


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _reward(row: dict[str, Any], chosen: str) -> float:
    names = (chosen,) if chosen else _REWARDS
    for name in names:
        if row.get(name) is not None:
            return number(row[name], name)
    raise UserError(f"has no reward: expected a number in {' or '.join(names)}; --reward names another column")


def _start_of(messages: list[dict[str, Any]]) -> str:
    """A name for a task without one: attempts that begin alike are at the same task."""
    start = list(takewhile(lambda message: message["role"] != "assistant", messages))
    return hashlib.sha256(json.dumps(start, sort_keys=True).encode()).hexdigest()[:12]


def _tools(value: Any) -> list[dict[str, Any]]:
    try:
        tools = json.loads(value) if isinstance(value, str) and value.strip() else value
    except ValueError:
        tools = value

    if not tools:
        return []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise UserError(f"tools are {value!r:.60}, expected a list of OpenAI function schemas")
    return [tool if "function" in tool else {"type": "function", "function": tool} for tool in tools]
