"""BFCL results of several turns: a JSONL of `{id, result, inference_log}`, its rewards in a score file."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
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
"""Folders of categories, which newer versions of BFCL put between the model's folder and the file."""
_BROKEN = "Error during inference:"
"""How the result of a task begins whose model could not be called."""
_REFUSED = "Error during execution:"
"""How the result of a call begins that raised."""


def claims(head: Head) -> bool:
    """Returns whether a file begins with a BFCL result.

    Args:
        head: The first line of the file, which is a result.
    """
    return not head.array and {"id", "result"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The results; `Options.scores` says where their rewards are.

    Raises:
        UserError: If there is no score file for these results, or the file cannot be read on.
    """
    failed = read_failed(source)
    yield from converted(source, json_lines(source), partial(_trajectory, _model(source.path), failed))


def _model(path: Path) -> str:
    """The model's folder in `result/<model>/multi_turn/<file>`, in older versions `result/<model>/<file>`."""
    parent = path.resolve().parent
    if parent.name in _GROUPS:
        return parent.parent.name
    return parent.name


def _trajectory(model: str, failed: frozenset[str], row: dict[str, Any]) -> Trajectory:
    identifier = str(row["id"])
    result = row["result"]
    success = identifier not in failed

    error = ""
    if isinstance(result, str) and result.startswith(_BROKEN):
        error = result

    turns = _turns(row.get("inference_log"))
    if not turns and not error:
        raise UserError("has no inference_log of turns; only BFCL's multi-turn and agentic categories hold one")

    messages, termination = _messages(turns)
    return Trajectory(
        env_id=f"bfcl/{identifier.rsplit('_', 1)[0]}",
        task_id=identifier,
        policy=model,
        messages=messages,
        reward=float(success),
        success=success,
        error=error,
        termination=termination,
    )


def _turns(log: Any) -> list[dict[str, Any]]:
    turns = []
    for part in log or []:
        # between the turns the log holds the state of the tools' classes
        if isinstance(part, dict) and "begin_of_turn_query" in part:
            turns.append(part)
    return turns


def _messages(turns: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The conversation, and why it was ended early, if it was."""
    conversation: list[dict[str, Any]] = []
    termination = ""
    call_count = 0
    for turn in turns:
        for message in turn["begin_of_turn_query"]:
            conversation.append({"role": message["role"], "content": content_text(message.get("content"))})

        # by number, for as text `step_10` comes before `step_2`
        steps = sorted((key for key in turn if key.startswith("step_")), key=lambda key: int(key[5:]))
        for step in steps:
            messages, forced_quit = _step(turn[step], call_count)
            conversation += messages
            call_count += sum(message["role"] == "tool" for message in messages)
            if forced_quit:
                termination = forced_quit

    return conversation, termination


@dataclass(frozen=True)
class _Entries:
    """What the log holds of one step."""

    response: dict[str, Any]
    results: list[Any]
    decoded: list[str]
    errors: list[str]
    forced_quit: str


def _gather(entries: list[dict[str, Any]]) -> _Entries:
    response = None
    results = []
    decoded = None
    errors = []
    forced_quit = ""
    for entry in entries:
        if entry["role"] == "assistant" and response is None:
            response = entry
        if entry["role"] == "tool":
            results.append(entry["content"])
        if "model_response_decoded" in entry and decoded is None:
            decoded = entry["model_response_decoded"] or []
        if entry.get("error"):
            errors.append(str(entry["error"]))
        if not forced_quit and "forced to quit" in str(entry.get("content", "")):
            forced_quit = entry["content"]

    if response is None:
        raise UserError("a step without the model's response")
    return _Entries(response, results, decoded or [], errors, forced_quit)


def _step(entries: list[dict[str, Any]], call_count: int) -> tuple[list[dict[str, Any]], str]:
    """One turn of the assistant with the results of its calls, and why the episode was ended after it, if it was."""
    step = _gather(entries)
    content = step.response["content"]

    calls: list[dict[str, Any]] = []
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    if step.results:
        calls = _calls(content, step.decoded)
        if len(calls) != len(step.results):
            raise UserError(f"a step has {len(calls)} calls and {len(step.results)} results")

        # BFCL's calls have no ids, so they are numbered through the conversation
        for number, call in enumerate(calls, start=call_count + 1):
            call["id"] = f"call_{number}"
        message["tool_calls"] = calls
        if isinstance(content, str):
            message["raw"] = content
    else:
        message["content"] = _text(content)

    if step.response.get("reasoning_content"):
        message["reasoning_content"] = step.response["reasoning_content"]
    # a text without a call ends the turn, and BFCL logs that as a decoding error too
    if step.errors and not isinstance(content, str):
        message["errors"] = step.errors

    messages = [message]
    for call, result in zip(calls, step.results, strict=True):
        messages.append(_result(call, result))
    return messages, step.forced_quit


def _result(call: dict[str, Any], result: Any) -> dict[str, Any]:
    content = result
    if not isinstance(result, str):
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
    """The calls of a turn: those of native function calling, else those that BFCL decoded from text."""
    rows = content
    if isinstance(content, dict):
        rows = [content]

    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        calls: list[dict[str, Any]] = []
        for row in rows:
            # each is `{name: arguments}`
            calls.extend(call_of("", name, arguments) for name, arguments in row.items())
        return calls

    return [_python_call(text) for text in decoded]


def _python_call(text: str) -> dict[str, Any]:
    """Parses `name(argument=value)` without executing it; an argument without a name is named by its number."""
    try:
        with warnings.catch_warnings():
            # Python warns about invalid escapes in what the model wrote
            warnings.simplefilter("ignore")
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        node = None

    if not isinstance(node, ast.Call):
        raise UserError(f"the decoded call {text!r:.80} is not a Python call")

    arguments = {}
    for number, value in enumerate(node.args, start=1):
        arguments[f"argument_{number}"] = _value(value)
    for keyword in node.keywords:
        arguments[str(keyword.arg)] = _value(keyword.value)
    return call_of("", ast.unparse(node.func), arguments)


def _value(node: ast.expr) -> Any:
    """The value of a literal in JSON's types; other expressions as their text."""
    try:
        value = ast.literal_eval(node)
        # tuples become lists; sets and bytes raise
        return json.loads(json.dumps(value))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.unparse(node)


def _text(content: Any) -> str:
    """What the assistant said; calls that could not be decoded are kept as JSON."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "\n".join(content)
    return json.dumps(content, ensure_ascii=False)
