"""BFCL results of several turns: a JSONL of `{id, result, inference_log}`, its rewards in a score file."""

from __future__ import annotations

import ast
import itertools
import json
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.bfcl_scores import read_failed
from trace_gym.trajectories.readers.messages import call_of, content_text
from trace_gym.trajectories.readers.parts import json_lines
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted
from trace_gym.trajectories.record import Trajectory

NAME = "bfcl"
TITLE = "BFCL multi-turn results"

_GROUPS = frozenset({"multi_turn", "agentic", "live", "non_live", "format_sensitivity"})
_BROKEN = "Error during inference:"
_REFUSED = "Error during execution:"


def claims(head: Head) -> bool:
    """Whether a file begins with a BFCL result.

    Args:
        head: The beginning of the file.
    """
    return not head.array and {"id", "result"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If there is no score file for these results, or the file cannot be read on.
    """
    failed = read_failed(source)
    yield from converted(source, json_lines(source), partial(_trajectory, _model(source.path), failed))


def _model(path: Path) -> str:
    """The folder of the model: `result/<model>/multi_turn/<file>`, in older versions `result/<model>/<file>`."""
    parent = path.resolve().parent
    if parent.name in _GROUPS:
        return parent.parent.name
    return parent.name


def _trajectory(model: str, failed: frozenset[str], row: dict[str, Any]) -> Trajectory:
    identifier = str(row["id"])
    result = row["result"]
    log = row.get("inference_log")
    broken = isinstance(result, str) and result.startswith(_BROKEN)
    if log:
        turns = [part for part in log if isinstance(part, dict) and "begin_of_turn_query" in part]
    else:
        turns = []
    if not turns and not broken:
        raise UserError("has no inference_log of turns; only BFCL's multi-turn and agentic categories hold one")

    messages, termination = _messages(turns)
    return Trajectory(
        env_id=f"bfcl/{identifier.rsplit('_', 1)[0]}",
        task_id=identifier,
        policy=model,
        messages=messages,
        reward=float(identifier not in failed),
        success=identifier not in failed,
        error=result if broken else "",
        termination=termination,
    )


def _messages(turns: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    termination = ""
    made = 0
    for turn in turns:
        for message in turn["begin_of_turn_query"]:
            found.append({"role": message["role"], "content": content_text(message.get("content"))})
        steps = sorted((key for key in turn if key.startswith("step_")), key=lambda key: int(key[5:]))
        for step in steps:
            messages, forced = _step(turn[step], made)
            made += sum(message["role"] == "tool" for message in messages)
            found += messages
            termination = forced or termination

    return found, termination


def _step(entries: list[dict[str, Any]], made: int) -> tuple[list[dict[str, Any]], str]:
    """One turn of the assistant and the results of its calls, and why the conversation was broken off, if it was."""
    said = next((entry for entry in entries if entry["role"] == "assistant"), None)
    if said is None:
        raise UserError("a step without the model's response")
    results = [entry["content"] for entry in entries if entry["role"] == "tool"]
    decoded = next((e["model_response_decoded"] for e in entries if "model_response_decoded" in e), None)
    # a text that is no call ends the turn, which BFCL writes as a decoding error too
    said_text = isinstance(said["content"], str)
    if said_text:
        notes = []
    else:
        notes = [str(entry["error"]) for entry in entries if entry.get("error")]

    forced = next((e["content"] for e in entries if "forced to quit" in str(e.get("content", ""))), "")
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    if results:
        calls = _calls(said["content"], decoded or [])
        if len(calls) != len(results):
            raise UserError(f"a step has {len(calls)} calls and {len(results)} results")
        message["tool_calls"] = [call | {"id": f"call_{made + n}"} for n, call in enumerate(calls, start=1)]
        if said_text:
            message["raw"] = said["content"]
    else:
        message["content"] = _text(said["content"])

    if said.get("reasoning_content"):
        message["reasoning_content"] = said["reasoning_content"]
    if notes:
        message["errors"] = notes
    calls = message.get("tool_calls", [])
    return [message, *(_result(call, result) for call, result in zip(calls, results, strict=True))], forced


def _result(call: dict[str, Any], result: Any) -> dict[str, Any]:
    if isinstance(result, str):
        content = result
    else:
        content = json.dumps(result)
    return {
        "role": "tool",
        "tool_call_id": call["id"],
        "name": call["function"]["name"],
        "content": content,
        "error": content.startswith(_REFUSED) or _refusal(content),
    }


def _refusal(content: str) -> bool:
    """Whether a result is `{"error": ...}`, as BFCL's tools refuse."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "error" in value


def _calls(content: Any, decoded: list[str]) -> list[dict[str, Any]]:
    """The calls of a turn: as function calling returns them, or as decoded from text."""
    if isinstance(content, dict):
        rows = [content]
    else:
        rows = content
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        pairs = itertools.chain.from_iterable(row.items() for row in rows)
        return [call_of("", name, arguments) for name, arguments in pairs]
    return [_python_call(text) for text in decoded]


def _python_call(text: str) -> dict[str, Any]:
    """Reads `name(argument=value)` from the syntax tree; an argument without a name gets its number."""
    try:
        with warnings.catch_warnings():
            # Python warns of odd escapes in what the model wrote
            warnings.simplefilter("ignore")
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        node = None

    if not isinstance(node, ast.Call):
        raise UserError(f"the decoded call {text!r:.80} is no Python call")
    arguments = {f"argument_{n}": _value(value) for n, value in enumerate(node.args, start=1)}
    arguments |= {str(keyword.arg): _value(keyword.value) for keyword in node.keywords}
    return call_of("", ast.unparse(node.func), arguments)


def _value(node: ast.expr) -> Any:
    """The value of a literal as JSON has it; other expressions as their text."""
    try:
        value = ast.literal_eval(node)
        return json.loads(json.dumps(value))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.unparse(node)


def _text(content: Any) -> str:
    """What was said; calls that could not be decoded are kept as their JSON."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "\n".join(content)
    return json.dumps(content, ensure_ascii=False)
