"""Logs of Inspect AI: one JSON file, or an `.eval` file, a zip of one JSON file a sample."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.inspect_scores import rewards
from trace_gym.trajectories.readers.inspect_zip import is_zip, read_header, read_samples
from trace_gym.trajectories.readers.messages import call_of, content_text, objects, paired, set_error, thoughts
from trace_gym.trajectories.readers.parts import elements_of, members
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "inspect"
TITLE = "an Inspect log (.eval or .json)"
_ATTACHED = ("attachment://", "tc://")


def claims(head: Head) -> bool:
    """Whether a file begins as an Inspect log in JSON; an `.eval` file is known by being a zip.

    Args:
        head: The beginning of the file.
    """
    return not head.array and {"status", "eval"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: Where the file cannot be read on.
    """
    if is_zip(source.data):
        header = read_header(source)
        rows = read_samples(source)
    else:
        header = members(source, {"eval", "plan"})
        rows = elements_of(source, "samples", "sample")

    spec = header.get("eval")
    plan = header.get("plan") or {}
    if not isinstance(spec, dict) or not isinstance(spec.get("task"), str) or not isinstance(plan, dict):
        raise source.bad("eval", "names no task; not an Inspect log")

    # what the evaluation sets goes before what the model was made with
    configs = [spec.get("model_generate_config") or {}, plan.get("config") or {}]
    if not all(isinstance(part, dict) for part in configs):
        raise source.bad("eval or plan", "the config is no object; not an Inspect log")
    config = {**configs[0], **configs[1]}
    yield from converted(source, rows, partial(_trajectory, spec, config, source.options.reward))


def _trajectory(spec: dict[str, Any], config: dict[str, Any], chosen: str, row: dict[str, Any]) -> Trajectory:
    error = text((row.get("error") or {}).get("message"))
    scores = row.get("scores") or {}
    terms: dict[str, float] = {}
    reward = 0.0

    if scores or not error:
        reward, terms = rewards(scores, chosen)
    attached = row.get("attachments") or {}
    limit = (row.get("limit") or {}).get("type")
    temperature = config.get("temperature")
    return Trajectory(
        env_id=f"inspect/{spec['task']}",
        task_id=str(row["id"]),
        # Inspect's epochs begin at 1
        trial=max(0, whole_number(row.get("epoch"), "epoch") - 1),
        seed=whole_number(config.get("seed"), "seed"),
        policy=text(spec.get("model")),
        messages=paired([_message(_resolved(message, attached)) for message in objects(row["messages"], "messages")]),
        reward=reward,
        success=reward >= 1.0,
        settings={} if temperature is None else {"temperature": temperature},
        terms=terms,
        tools=_tools(row),
        error=error,
        termination=f"limit:{limit}" if limit else _stop_reason(row),
    )


def _stop_reason(row: dict[str, Any]) -> str:
    choices = (row.get("output") or {}).get("choices") or [{}]
    return text(choices[0].get("stop_reason"))


def _resolved(value: Any, attached: dict[str, str]) -> Any:
    """Puts back the long texts that Inspect keeps apart."""
    if not attached:
        return value
    if isinstance(value, str):
        start = next((start for start in _ATTACHED if value.startswith(start)), None)
        if start:
            return attached.get(value.removeprefix(start), value)
        return value
    if isinstance(value, dict):
        return {key: _resolved(item, attached) for key, item in value.items()}

    if isinstance(value, list):
        return [_resolved(item, attached) for item in value]
    return value


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row.get("content"))}
    if row["role"] == "assistant" and row.get("tool_calls"):
        calls = objects(row["tool_calls"], "tool_calls")
        message["tool_calls"] = [call_of(c["id"], c["function"], c.get("arguments")) for c in calls]
        unread = [c["parse_error"] for c in calls if c.get("parse_error")]
        if unread:
            message["errors"] = unread

    if thinking := thoughts(row.get("content"), "reasoning", "summary"):
        message["reasoning_content"] = thinking
    if row["role"] == "tool":
        message |= {"tool_call_id": row.get("tool_call_id") or "", "name": text(row.get("function"))}
        set_error(message, row.get("error") or row.get("tool_error"))

    return message


def _tools(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that the first call of the model was shown."""
    for event in row.get("events") or []:
        if isinstance(event, dict) and event.get("event") == "model" and event.get("tools"):
            try:
                return [_schema(tool) for tool in event["tools"]]
            except (KeyError, TypeError, AttributeError):
                raise UserError("the tools of a model event are no list of tool descriptions") from None
    return []


def _schema(tool: dict[str, Any]) -> dict[str, Any]:
    parameters = tool.get("parameters") or {"type": "object", "properties": {}}
    body = {"name": tool["name"], "description": tool.get("description", ""), "parameters": parameters}
    return {"type": "function", "function": body}
