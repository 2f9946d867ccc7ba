"""Writing trajectories as a Hugging Face dataset folder; needs the package `datasets`, imported on use."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory

RECORD = "record"
"""The column that holds the whole record as JSON; it is what is read back."""
_TEXTS = ("env_id", "task_id", "split", "policy", "adapter", "termination", "error")


def import_datasets() -> Any:
    """Returns the package `datasets`.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module("datasets")
    except ModuleNotFoundError:
        raise UserError("Hugging Face datasets need the package datasets; pip install datasets.") from None


def write_hf_dataset(folder: Path, jsonl: Path) -> None:
    """Writes the records of a trace-gym JSONL as a dataset; what is at `folder` is replaced in one step.

    Args:
        folder: What `datasets.load_from_disk` will be given.
        jsonl: A file of ours, read line by line.

    Raises:
        UserError: If `datasets` is missing, or the folder cannot be written.
    """
    datasets = import_datasets()
    shown = datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as work:
            dataset = datasets.Dataset.from_generator(
                rows, features=_features(datasets), cache_dir=f"{work}/cache", gen_kwargs={"jsonl": str(jsonl)}
            )
            dataset.save_to_disk(f"{work}/new")
            if folder.exists():
                os.replace(folder, f"{work}/old")
            os.replace(f"{work}/new", folder)
    except (OSError, datasets.exceptions.DatasetGenerationError) as error:
        if isinstance(error, OSError):
            cause = error
        else:
            cause = error.__cause__
        if not isinstance(cause, OSError):
            raise
        raise UserError(f"{folder}: cannot be written ({cause.strerror}); what was there is kept.") from None
    finally:
        if shown:
            datasets.enable_progress_bars()


def rows(jsonl: str) -> Iterator[dict[str, Any]]:
    """Yields one row of the dataset for each line of a file of ours.

    Args:
        jsonl: A file of ours.
    """
    with open(jsonl, encoding="utf-8") as stream:
        for line in stream:
            trajectory = Trajectory.from_json(json.loads(line))
            row = {
                **{name: getattr(trajectory, name) for name in _TEXTS},
                "trial": trajectory.trial,
                "seed": trajectory.seed,
                "reward": trajectory.reward,
                "success": trajectory.success,
                "messages": [_message(message) for message in trajectory.messages],
                "tools": json.dumps(trajectory.tools, ensure_ascii=False) if trajectory.tools else "",
                RECORD: line.rstrip("\n"),
            }
            yield {name: _storable(value) for name, value in row.items()}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    """An OpenAI message: a column has one type, so arguments are JSON text, as OpenAI has them."""
    content = message["content"]
    return {
        "role": message["role"],
        "content": content if isinstance(content, str) else json.dumps(content, ensure_ascii=False),
        "tool_calls": [
            {
                "id": str(call["id"]),
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False),
                },
            }
            for call in message.get("tool_calls") or []
        ],
        "tool_call_id": str(message.get("tool_call_id") or ""),
    }


def _storable(value: Any) -> Any:
    """What a column can hold: text without lone surrogates, integers of 64 bits; the record keeps the others."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


def _features(datasets: Any) -> Any:
    text = datasets.Value("string")
    whole = datasets.Value("int64")
    call = {"id": text, "type": text, "function": {"name": text, "arguments": text}}
    message = {"role": text, "content": text, "tool_calls": datasets.List(call), "tool_call_id": text}
    return datasets.Features(
        {
            **{name: text for name in _TEXTS},
            "trial": whole,
            "seed": whole,
            "reward": datasets.Value("float64"),
            "success": datasets.Value("bool"),
            "messages": datasets.List(message),
            "tools": text,
            RECORD: text,
        }
    )
