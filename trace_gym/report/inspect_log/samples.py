"""One attempt as one of Inspect's samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.capabilities.labels import Judgement
from trace_gym.env.types import Json
from trace_gym.report.inspect_log.events import model_events, model_output
from trace_gym.report.inspect_log.identifiers import digest_id
from trace_gym.report.inspect_log.messages import chat_messages, readable_call
from trace_gym.report.inspect_log.scores import scores

_ELSEWHERE = ("messages", "reward", "success")
"""What of a record a sample has a place for; the rest becomes its metadata."""


def sample(
    record: Mapping[str, Any],
    labels: Mapping[str, Judgement],
    identity: tuple[str, int],
    changes: Sequence[str] = (),
) -> dict[str, Json]:
    """Returns the JSON of an `EvalSample`.

    Args:
        record: The trajectory's record, as Inspect can hold it.
        labels: The attempt's label by capability.
        identity: Its id and its epoch in the log.
        changes: How the record was changed so that Inspect can hold it.

    Example:
        >>> talk = [{"role": "user", "content": "Hi"}]
        >>> written = sample({"env_id": "shop", "messages": talk, "reward": 0.0, "success": False}, {}, ("7", 1))
        >>> written["input"], written["metadata"]
        ('Hi', {'env_id': 'shop'})
    """
    uuid = digest_id(record["env_id"], *identity, record)
    messages = chat_messages(record["messages"], uuid)
    model = agent(record)

    metadata = {name: value for name, value in record.items() if name not in _ELSEWHERE}
    if changes:
        metadata["written_differently"] = list(changes)

    written: dict[str, Json] = {
        "id": identity[0],
        "epoch": identity[1],
        "uuid": uuid,
        "input": _request(messages),
        "target": _target(record.get("gold")),
        "messages": messages,
        "output": _output(messages, model),
        "scores": scores(record, labels, [message["id"] for message in messages]),
        "metadata": metadata,
        "events": model_events(messages, uuid, model),
    }
    if record.get("error"):
        # the viewer shows the traceback, and a record has none
        written["error"] = {"message": record["error"], "traceback": record["error"], "traceback_ansi": record["error"]}
    return written


def agent(record: Mapping[str, Any]) -> str:
    """Returns who acted, adapter included, as Inspect's name of a model.

    Args:
        record: The trajectory's record.

    Example:
        >>> agent({"policy": "qwen", "adapter": "error_recovery"}), agent({})
        ('qwen + error_recovery', 'unknown')
    """
    name = str(record.get("policy") or "unknown")
    if record.get("adapter"):
        name += f" + {record['adapter']}"
    return name


def _request(messages: Sequence[dict[str, Json]]) -> Any:
    """Returns what the user says before the assistant answers; a greeting of the assistant's is no answer."""
    first: list[dict[str, Json]] = []
    for message in messages:
        if message["role"] == "user":
            first.append(message)
        elif first:
            break

    if not first:
        return ""
    if len(first) == 1:
        return first[0]["content"]
    return first


def _target(gold: Sequence[Mapping[str, Any]] | None) -> str:
    if gold is None:
        return ""
    if not gold:
        return "no call"
    return "\n".join(readable_call(call["name"], call["arguments"]) for call in gold)


def _output(messages: Sequence[dict[str, Json]], model: str) -> dict[str, Json]:
    for message in reversed(messages):
        if message["role"] == "assistant":
            return model_output(message, model)
    return {"model": model}
