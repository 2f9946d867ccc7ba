"""Logs of Inspect AI."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any


def _inspect_message(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": f"{role}{len(str(content))}", "content": content, "role": role, **more}


def inspect_sample(identifier: Any = "s1", epoch: int = 1, value: Any = "C", **more: Any) -> dict[str, Any]:
    """A sample of an Inspect log."""
    return {
        "id": identifier,
        "epoch": epoch,
        "input": "1+2?",
        "target": "3",
        "messages": [
            _inspect_message("user", "attachment://0123", source="input"),
            _inspect_message(
                "assistant",
                [{"type": "reasoning", "reasoning": "Add."}, {"type": "text", "text": "Let me add."}],
                source="generate",
                tool_calls=[
                    {"id": "c1", "function": "add", "arguments": {"x": 13, "y": 2}, "type": "function"},
                    {"id": "c2", "function": "add", "arguments": {}, "parse_error": "no JSON", "type": "function"},
                ],
                model="mockllm/model",
            ),
            _inspect_message(
                "tool", "", tool_call_id="c1", function="add", error={"type": "unknown", "message": "no 13"}
            ),
            _inspect_message("tool", "3", tool_call_id="c2", function="add"),
            _inspect_message("assistant", "It is 3.", source="generate"),
        ],
        "output": {"model": "mockllm/model", "choices": [{"message": {"role": "assistant", "content": "It is 3."}}]},
        "scores": {
            "includes": {"value": value, "answer": "It is 3."},
            "multi": {"value": {"a": 1, "b": 0.5}},
        },
        "metadata": {},
        "store": {},
        "events": [],
        "model_usage": {},
        "attachments": {"0123": "1+2? " * 30},
        **more,
    }


TOOL_SHOWN = {
    "name": "add",
    "description": "Add.",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
}
STOPPED = {"model": "m", "choices": [{"message": {"role": "assistant", "content": ""}, "stop_reason": "stop"}]}
INSPECT: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {
        "eval_id": "e",
        "run_id": "r",
        "created": "2026-11-24T05:21:27+00:00",
        "task": "sums",
        "task_id": "t",
        "task_version": 0,
        "dataset": {"samples": 2, "shuffled": False},
        "model": "mockllm/model",
        "model_generate_config": {"temperature": 1.0},
        "model_args": {},
        "config": {"epochs": 2},
    },
    "plan": {"name": "plan", "steps": [], "config": {"temperature": 0.5, "seed": 7}},
    "results": {"total_samples": 3, "completed_samples": 3, "scores": []},
    "stats": {"started_at": "2026-11-24T05:21:27+00:00", "completed_at": "", "model_usage": {}},
    "samples": [
        inspect_sample(output=STOPPED),
        inspect_sample(2, 2, "I", limit={"type": "message", "limit": 10.0}),
        inspect_sample(
            3, error={"message": "ConnectionError()", "traceback": "...", "traceback_ansi": "..."}, scores={}
        ),
    ],
}


def wrote_eval(path: Path, log: dict[str, Any] = INSPECT, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Writes an `.eval` file."""
    header = {key: value for key, value in log.items() if key != "samples"}
    with zipfile.ZipFile(path, "w", method) as archive:
        start = {"version": 2, "eval": log["eval"], "plan": log["plan"]}
        archive.writestr("_journal/start.json", json.dumps(start))
        for sample in log["samples"]:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        archive.writestr("summaries.json", "[]")
        archive.writestr("header.json", json.dumps(header))
    return path


def marked_as(path: Path, method: int) -> Path:
    """Names another packing method in all headers of a zip whose members are stored."""
    data = bytearray(path.read_bytes())
    for start, behind in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.find(start)
        while at >= 0:
            data[at + behind : at + behind + 2] = method.to_bytes(2, "little")
            at = data.find(start, at + 4)
    path.write_bytes(bytes(data))
    return path
