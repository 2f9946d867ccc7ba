"""ToolSandbox's output folder: `result_summary.json` and `trajectories/<scenario>/conversation.json` each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.trajectories.readers.messages import chat_message
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import elements_of
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers
from trace_gym.trajectories.record import Trajectory

NAME = "toolsandbox"
TITLE = "a ToolSandbox result_summary.json"
# the summary does not name the models, the run's folder does
_RUN = re.compile(r"agent_(?P<agent>.+)_user_(?P<user>.+)_\d\d_\d\d_\d{4}_\d\d_\d\d_\d\d")
# how the interpreter prints an exception, the last line of a failed call's result
_RAISED = re.compile(r"(?:[\w.]*(?:Error|Exception)\b|Error: )")
_DETAILS = ("system_details", "user_details", "assistant_details", "tool_details")


def claims(head: Head) -> bool:
    """Returns whether a file begins like ToolSandbox's summary.

    Args:
        head: The beginning of the file.
    """
    return not head.array and "per_scenario_results" in head.members


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file and its options.

    Raises:
        UserError: Where the summary cannot be read on.
    """
    rows = elements_of(source, "per_scenario_results", "scenario")
    return converted(source, rows, partial(_trajectory, source.path.resolve().parent))


def _trajectory(folder: Path, row: dict[str, Any]) -> Trajectory:
    name = row["name"]
    reward = number(row["similarity"], "similarity")
    error = _error(row)

    # an exception keeps ToolSandbox from writing the conversation
    scenario = folder / "trajectories" / str(name)
    messages = []
    if not error or (scenario / "conversation.json").exists():
        messages = _messages(scenario)

    settings = {}
    if row.get("categories"):
        settings["categories"] = row["categories"]

    policy = ""
    run = _RUN.fullmatch(folder.name)
    if run:
        policy = run["agent"]
        settings["user_model"] = run["user"]

    return Trajectory(
        env_id="toolsandbox",
        task_id=str(name),
        policy=policy,
        messages=messages,
        reward=reward,
        success=reward >= 1.0,
        settings=settings,
        terms=_terms(row),
        error=error,
    )


def _terms(row: dict[str, Any]) -> dict[str, float]:
    """Both similarities, and how well each milestone and each minefield was matched."""
    terms: dict[str, Any] = {}
    for kind in ("milestone", "minefield"):
        terms[f"{kind}_similarity"] = row.get(f"{kind}_similarity")

    for kind in ("milestone", "minefield"):
        matches = row.get(f"{kind}_mapping") or {}
        # each is mapped to the snapshot that matches it best and the similarity there
        for index, (_, similarity) in matches.items():
            terms[f"{kind}:{index}"] = similarity
    return numbers(terms)


def _error(row: dict[str, Any]) -> str:
    """The last line of the traceback of a scenario that raised, empty for the others."""
    if not row.get("exception_type"):
        return ""

    traceback = str(row.get("traceback") or "").strip()
    if not traceback:
        return str(row["exception_type"])
    return traceback.splitlines()[-1]


def _messages(folder: Path) -> list[dict[str, Any]]:
    rows = read_json(folder / "conversation.json")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{folder / 'conversation.json'}: expected a list of messages")
    raised = _raised(folder / "execution_context.json")

    messages = []
    for row in rows:
        message = chat_message({key: value for key, value in row.items() if key not in _DETAILS})
        if message["role"] == "tool":
            if raised is None:
                last_line = message["content"].rsplit("\n", 1)[-1]
                message["error"] = bool(_RAISED.match(last_line))
            else:
                message["error"] = (message["tool_call_id"], message["content"]) in raised
        messages.append(message)

    return paired(messages)


def _raised(path: Path) -> set[tuple[str, str]] | None:
    """The calls that raised, by id and result; None for a run without the file, whose results' texts have to tell."""
    if not path.exists():
        return None

    value = read_json(path)
    raised = set()
    try:
        for row in value["_dbs"]["SANDBOX"]:
            # a result may quote an exception that its call did not raise
            if row.get("tool_call_exception") is not None:
                raised.add((str(row.get("openai_tool_call_id")), str(row.get("content"))))
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: holds no messages of ToolSandbox") from None
    return raised
