"""ToolSandbox's output folder: `result_summary.json`, and `trajectories/<scenario>/conversation.json` beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json
from trace_gym.trajectories.readers.messages import chat_message, paired
from trace_gym.trajectories.readers.parts import elements_of
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers
from trace_gym.trajectories.record import Trajectory

NAME = "toolsandbox"
TITLE = "a ToolSandbox result_summary.json"
_RUN = re.compile(r"agent_(?P<agent>.+)_user_(?P<user>.+)_\d\d_\d\d_\d{4}_\d\d_\d\d_\d\d")
_RAISED = re.compile(r"(?:[\w.]*(?:Error|Exception)\b|Error: )")
_DETAILS = ("system_details", "user_details", "assistant_details", "tool_details")


def claims(head: Head) -> bool:
    """Whether a file begins as ToolSandbox's summary.

    Args:
        head: The beginning of the file.
    """
    return not head.array and "per_scenario_results" in head.members


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: Where the summary cannot be read on.
    """
    rows = elements_of(source, "per_scenario_results", "scenario")
    return converted(source, rows, partial(_trajectory, source.path.resolve().parent))


def _trajectory(folder: Path, row: dict[str, Any]) -> Trajectory:
    name = row["name"]
    reward = number(row["similarity"], "similarity")
    error = _error(row)
    run = _RUN.fullmatch(folder.name)
    played = folder / "trajectories" / str(name)
    # an exception keeps ToolSandbox from writing the conversation
    if error and not (played / "conversation.json").exists():
        messages = []
    else:
        messages = _messages(played)
    terms = numbers({key: row.get(key) for key in ("milestone_similarity", "minefield_similarity")})

    for kind in ("milestone", "minefield"):
        matches = row.get(f"{kind}_mapping") or {}
        terms |= numbers({f"{kind}:{index}": similarity for index, (_, similarity) in matches.items()})

    settings = {"categories": row.get("categories"), "user_model": run["user"] if run else None}
    return Trajectory(
        env_id="toolsandbox",
        task_id=str(name),
        policy=run["agent"] if run else "",
        messages=messages,
        reward=reward,
        success=reward >= 1.0,
        settings={key: value for key, value in settings.items() if value},
        terms=terms,
        error=error,
    )


def _error(row: dict[str, Any]) -> str:
    """Why the scenario broke off: the last line of its traceback."""
    if not row.get("exception_type"):
        return ""
    return (str(row.get("traceback") or "").strip().splitlines() or [str(row["exception_type"])])[-1]


def _messages(folder: Path) -> list[dict[str, Any]]:
    rows = read_json(folder / "conversation.json")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{folder / 'conversation.json'}: expected a list of messages")
    raised = _raised(folder / "execution_context.json")
    found = []

    for row in rows:
        message = chat_message({key: value for key, value in row.items() if key not in _DETAILS})
        if message["role"] == "tool":
            last = message["content"].rsplit("\n", 1)[-1]
            message["error"] = (
                bool(_RAISED.match(last)) if raised is None else raised[message["tool_call_id"], message["content"]] > 0
            )
        found.append(message)

    return paired(found)


def _raised(path: Path) -> Counter[tuple[str, str]] | None:
    """The calls that raised, by id and result; None where only the results' texts can tell."""
    if not path.exists():
        return None
    value = read_json(path)
    try:
        rows = value["_dbs"]["SANDBOX"]
        failed = [row for row in rows if row.get("tool_call_exception") is not None]
        return Counter((str(row.get("openai_tool_call_id")), str(row.get("content"))) for row in failed)
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: holds no messages of ToolSandbox") from None
