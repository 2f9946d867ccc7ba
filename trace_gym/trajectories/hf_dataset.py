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
"""The column that holds the whole record as JSON; reading a dataset back uses this column alone."""
_TEXTS = ("env_id", "task_id", "split", "policy", "adapter", "termination", "error")


def import_datasets() -> Any:
    """Returns the package `datasets`, imported on use: the core does not depend on it.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module("datasets")
    except ModuleNotFoundError:
        raise UserError("Hugging Face datasets need the package datasets; pip install datasets.") from None


def write_hf_dataset(folder: Path, jsonl: Path) -> None:
    """Writes the records of a trace-gym JSONL as a dataset; an earlier dataset at `folder` is replaced in one step.

    Args:
        folder: The dataset's folder, to be opened by `datasets.load_from_disk`.
        jsonl: A trace-gym JSONL, read line by line.

    Raises:
        UserError: If `datasets` is missing, or the folder cannot be written.
    """
    datasets = import_datasets()
    # the setting belongs to the whole process, so it is put back at the end
    bars_enabled = datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # beside the target: only within one file system is a folder moved in one step
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as work:
            dataset = datasets.Dataset.from_generator(
                rows, features=_features(datasets), cache_dir=f"{work}/cache", gen_kwargs={"jsonl": str(jsonl)}
            )
            dataset.save_to_disk(f"{work}/new")

            if folder.exists():
                os.replace(folder, f"{work}/old")
            os.replace(f"{work}/new", folder)

    except (OSError, datasets.exceptions.DatasetGenerationError) as error:
        cause: BaseException | None = error
        if not isinstance(error, OSError):
            # datasets wraps what the generator or the disk raised
            cause = error.__cause__
        if not isinstance(cause, OSError):
            raise
        raise UserError(f"{folder}: cannot be written ({cause.strerror}); what was there is kept.") from None

    finally:
        if bars_enabled:
            datasets.enable_progress_bars()


def rows(jsonl: str) -> Iterator[dict[str, Any]]:
    """Yields one row of the dataset for each line of a trace-gym JSONL.

    Args:
        jsonl: The file's path.
    """
    with open(jsonl, encoding="utf-8") as stream:
        for line in stream:
            trajectory = Trajectory.from_json(json.loads(line))
            yield _storable(_row(trajectory, line.rstrip("\n")))


def _row(trajectory: Trajectory, record: str) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(trajectory, name) for name in _TEXTS}

    tools = ""
    if trajectory.tools:
        # schemas differ in their keys from tool to tool, which no column type covers
        tools = json.dumps(trajectory.tools, ensure_ascii=False)

    row["trial"] = trajectory.trial
    row["seed"] = trajectory.seed
    row["reward"] = trajectory.reward
    row["success"] = trajectory.success
    row["messages"] = [_message(message) for message in trajectory.messages]
    row["tools"] = tools
    row[RECORD] = record
    return row


def _message(message: dict[str, Any]) -> dict[str, Any]:
    """An OpenAI message with the same keys for every role, as a column needs."""
    content = message["content"]
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)

    return {
        "role": message["role"],
        "content": content,
        "tool_calls": [_call(call) for call in message.get("tool_calls") or []],
        "tool_call_id": str(message.get("tool_call_id") or ""),
    }


def _call(call: dict[str, Any]) -> dict[str, Any]:
    # arguments are JSON text in OpenAI's API too, and a column has one type
    arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
    function = {"name": call["function"]["name"], "arguments": arguments}
    return {"id": str(call["id"]), "type": "function", "function": function}


def _storable(value: Any) -> Any:
    """What a column can hold: text without lone surrogates and 64-bit integers; the record keeps everything."""
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
    integer = datasets.Value("int64")
    call = {"id": text, "type": text, "function": {"name": text, "arguments": text}}
    message = {"role": text, "content": text, "tool_calls": datasets.List(call), "tool_call_id": text}

    columns = dict.fromkeys(_TEXTS, text)
    columns["trial"] = integer
    columns["seed"] = integer
    columns["reward"] = datasets.Value("float64")
    columns["success"] = datasets.Value("bool")
    columns["messages"] = datasets.List(message)
    columns["tools"] = text
    columns[RECORD] = text
    return datasets.Features(columns)
