"""A sample's events: each turn of the assistant as a call of the model, from which Inspect makes its transcript."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.env.types import Json
from trace_gym.report.inspect_log.identifiers import digest_id

NO_TIME = "1970-01-01T00:00:00+00:00"
"""Inspect wants to know when things were; records do not say, and today would make each export another file."""


def model_events(messages: Sequence[dict[str, Json]], sample: str, model: str) -> list[dict[str, Json]]:
    """Returns the JSON of a `ModelEvent` for each turn of the assistant.

    Args:
        messages: The conversation, as the JSON of Inspect's messages.
        sample: What the events' ids are made from.
        model: The model's name.

    Example:
        >>> talk = [{"role": role, "content": "Hello"} for role in ("user", "assistant", "user")]
        >>> (event,) = model_events(talk, "s", "m")
        >>> len(event["input"]), event["output"]["choices"][0]["message"]["role"]
        (1, 'assistant')
    """
    events: list[dict[str, Json]] = []
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        events.append(
            {
                "event": "model",
                "uuid": digest_id(sample, "event", number),
                "timestamp": NO_TIME,
                "working_start": 0.0,
                "model": model,
                "input": list(messages[:number]),
                # schemas of other tools than Inspect's need not be what it takes; they stand in the metadata
                "tools": [],
                "tool_choice": "auto",
                "config": {},
                "output": model_output(message, model),
            }
        )
    return events


def model_output(message: dict[str, Json], model: str) -> dict[str, Json]:
    """Returns the JSON of a `ModelOutput`.

    Args:
        message: What the assistant said.
        model: The model's name.
    """
    return {"model": model, "choices": [{"message": message}]}
