"""Logs of Inspect AI: one JSON file, or an `.eval` file, a zip with one JSON file per sample."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.inspect_ours import is_ours, our_trajectory
from trace_gym.trajectories.readers.inspect_scores import rewards
from trace_gym.trajectories.readers.inspect_zip import is_zip, read_header, read_samples
from trace_gym.trajectories.readers.messages import call_of, content_text, objects, set_error, thoughts
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import elements_of, members
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, text, whole_number
from trace_gym.trajectories.record import Trajectory

# not through `inspect_ai.log` (0.3.285): it validates all samples of a JSON log at once, so one bad sample or a cut end
# loses the whole file; its memory grows with the file (117 MB for one of 60 MB, 2 MB here); and
# `read_eval_log_samples` refuses logs without `sample_ids`
NAME = "inspect"
TITLE = "an Inspect log (.eval or .json)"
_ATTACHED = ("attachment://", "tc://")
"""What a text begins with that Inspect moved to the sample's attachments."""


def claims(head: Head) -> bool:
    """Returns whether a file begins like an Inspect log in JSON; `.eval` files are recognized as zips.

    Args:
        head: The beginning of the file, if it is no zip.
    """
    return not head.array and {"status", "eval"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The log, of either kind; `Options.reward` chooses among its scores.

    Raises:
        UserError: If its header is not that of a log, or where the file cannot be read on.
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

    model_config = spec.get("model_generate_config") or {}
    plan_config = plan.get("config") or {}
    if not isinstance(model_config, dict) or not isinstance(plan_config, dict):
        raise source.bad("eval or plan", "the config is not an object; not an Inspect log")

    # the evaluation's settings override those that the model was created with
    config = {**model_config, **plan_config}
    yield from converted(source, rows, partial(_trajectory, spec, config, source.options.reward))


def _trajectory(spec: dict[str, Any], config: dict[str, Any], chosen: str, row: dict[str, Any]) -> Trajectory:
    error = text((row.get("error") or {}).get("message"))
    scores = row.get("scores") or {}
    terms: dict[str, float] = {}
    reward = 0.0
    # a sample that raised is not scored, but it is an attempt that failed
    if scores or not error:
        reward, terms = rewards(scores, chosen)

    attachments = row.get("attachments") or {}
    if is_ours(row):
        return our_trajectory(_resolved({**row, "attachments": {}}, attachments), reward, terms, chosen)

    limit = (row.get("limit") or {}).get("type")
    settings = {}
    if config.get("temperature") is not None:
        settings["temperature"] = config["temperature"]

    messages = []
    for message in objects(row["messages"], "messages"):
        messages.append(_message(_resolved(message, attachments)))

    if limit:
        termination = f"limit:{limit}"
    else:
        termination = _stop_reason(row)

    return Trajectory(
        env_id=f"inspect/{spec['task']}",
        task_id=str(row["id"]),
        # Inspect's epochs begin at 1
        trial=max(0, whole_number(row.get("epoch"), "epoch") - 1),
        seed=whole_number(config.get("seed"), "seed"),
        policy=text(spec.get("model")),
        messages=paired(messages),
        reward=reward,
        success=reward >= 1.0,
        settings=settings,
        terms=terms,
        tools=_tools(row),
        error=error,
        termination=termination,
    )


def _stop_reason(row: dict[str, Any]) -> str:
    choices = (row.get("output") or {}).get("choices") or [{}]
    return text(choices[0].get("stop_reason"))


def _resolved(value: Any, attachments: dict[str, str]) -> Any:
    """Puts long texts back in the places that refer to them."""
    if not attachments:
        return value

    if isinstance(value, str):
        for start in _ATTACHED:
            if value.startswith(start):
                # a reference to nothing stays readable as what it is
                return attachments.get(value.removeprefix(start), value)
        return value

    if isinstance(value, dict):
        return {key: _resolved(item, attachments) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, attachments) for item in value]
    return value


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row.get("content"))}
    if row["role"] == "assistant" and row.get("tool_calls"):
        calls = objects(row["tool_calls"], "tool_calls")
        message["tool_calls"] = [call_of(call["id"], call["function"], call.get("arguments")) for call in calls]
        # of arguments that are not JSON, Inspect records the parser's message with the call
        parse_errors = [call["parse_error"] for call in calls if call.get("parse_error")]
        if parse_errors:
            message["errors"] = parse_errors

    # a provider that hides the reasoning may give a summary of it
    thinking = thoughts(row.get("content"), "reasoning", "summary")
    if thinking:
        message["reasoning_content"] = thinking

    if row["role"] == "tool":
        message |= {"tool_call_id": row.get("tool_call_id") or "", "name": text(row.get("function"))}
        # logs of early versions have `tool_error`
        set_error(message, row.get("error") or row.get("tool_error"))

    return message


def _tools(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that the model was shown at its first call: a sample records its tools nowhere else."""
    for event in row.get("events") or []:
        if isinstance(event, dict) and event.get("event") == "model" and event.get("tools"):
            try:
                return [_schema(tool) for tool in event["tools"]]
            except (KeyError, TypeError, AttributeError):
                raise UserError("the tools of a model event are not a list of tool descriptions") from None

    return []


def _schema(tool: dict[str, Any]) -> dict[str, Any]:
    parameters = tool.get("parameters") or {"type": "object", "properties": {}}
    body = {"name": tool["name"], "description": tool.get("description", ""), "parameters": parameters}
    return {"type": "function", "function": body}
