"""Tasks: plain data, different from each other, apart between the splits, solvable at every level."""

from __future__ import annotations

import inspect
import itertools
import json
import re
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, solve
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import Tool
from trace_gym.env.types import ToolCall, copy_json
from trace_gym.errors import ToolError, UserError

_IDENTIFIER = re.compile(r"(?<![\w.])(?=\w*\d)(?=\w*[A-Za-z])\w{4,}")
_TIME = re.compile(r"\d{1,2}T\d{1,2}")
"""The middle of a timestamp, which looks like an identifier."""


def gold(subject: Subject) -> Iterator[Finding]:
    """solution.gold: every task can be made, its gold calls are calls, and what they look up is there."""
    for split, level in itertools.product(subject.splits, subject.levels):
        env = subject.make(split=split, difficulty=level)
        tools = env.all_tools()  # a solution may use what an episode offers only later
        for index in range(subject.tasks):
            where = f"task {index} ({split!r}, level {level})"
            try:
                env.reset(options={"index": index})
            except Exception as error:
                yield Finding("solution.gold", f"{where} cannot be made: {_told(error, env)}")
                return
            for call in env.episode.task.gold_calls:
                tool = tools[call.name]
                refusal = _refusal(tool, env.episode.task, call) if tool.kind == "read" else None
                if refusal is not None:
                    shown = f"{call.name}({dict(call.arguments)})"
                    sentence = f"The gold call {shown} of {where} is refused: {refusal} Mend `gold`."
                    yield Finding("solution.gold", sentence, "warning")
                    return


def _refusal(tool: Tool, task: Task, call: ToolCall) -> str | None:
    """What a tool says against a call on the initial state."""
    try:
        tool(copy_json(task.state), call.arguments)
    except ToolError as refusal:
        return str(refusal)
    return None


def _told(error: Exception, env: ToolEnv) -> str:
    """An error in one sentence, with the line of the environment's own file."""
    source = inspect.getsourcefile(type(env))
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source]
    where = f" ({Path(str(source)).name}, line {lines[-1]})" if lines else ""
    kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
    return f"{kind}{(str(error).strip() or 'no message').splitlines()[0]}{where}"


def data(subject: Subject) -> Iterator[Finding]:
    """tasks.json: the state must be JSON, so that it can be copied, compared and stored."""
    for task in subject.task_list():
        try:
            if json.loads(json.dumps(task.state, allow_nan=False)) != task.state:
                raise ValueError("it reads back as something else, such as a tuple or a number as key")
        except (TypeError, ValueError) as error:
            yield Finding("tasks.json", f"The state of a task is not JSON: {error}; use dicts, lists, texts, numbers.")
            return


def splits(subject: Subject) -> Iterator[Finding]:
    """splits.disjoint: no task and no identifier of one split may occur in another."""
    tasks = {split: subject.task_list(split) for split in subject.splits}
    for one, other in itertools.combinations(subject.splits, 2):
        same = {_text(task) for task in tasks[one]} & {_text(task) for task in tasks[other]}
        if same:
            yield Finding(
                "splits.disjoint",
                f"{len(same)} of the first {subject.tasks} tasks occur in both {one!r} and {other!r}; make_task "
                "must use `rng` and `split`.",
            )
            return
        shared = _identifiers(tasks[one]) & _identifiers(tasks[other])
        if shared:
            yield Finding(
                "splits.disjoint",
                f"The identifier {min(shared)!r} occurs in both {one!r} and {other!r}; draw identifiers from "
                "numbers_of_split(digits, split).",
            )
            return


def solutions(subject: Subject) -> Iterator[Finding]:
    """solution.oracle: the gold solution scores 1 on every split and level, within the turn limit."""
    for split, level in itertools.product(subject.splits, subject.levels):
        env = subject.make(split=split, difficulty=level)
        for index in range(min(subject.tasks, max(4, subject.tasks // 4))):
            played = solve(env, index)
            if abs(played.reward - 1.0) > 1e-9 or not played.over:
                terms = played.infos[-1].get("reward_terms", "none, as the episode did not end")
                yield Finding(
                    "solution.oracle",
                    f"The solution of task {index} ({split!r}, level {level}) scores {played.reward:g}, expected 1 "
                    f"(terms: {terms}).",
                )
                return


def _text(task: Task) -> str:
    return json.dumps([task.name, task.request, task.state], sort_keys=True, default=repr)


def _identifiers(tasks: list[Task]) -> set[str]:
    """Words of letters and digits that the states of a few tasks name."""
    counts: Counter[str] = Counter()
    for task in tasks:
        counts.update(set(_IDENTIFIER.findall(json.dumps(task.state, default=repr))))

    # what most tasks of a split hold names a field, such as `address1`, and not a record
    most = max(1, len(tasks) // 2)
    return {word for word, count in counts.items() if count <= most and not _TIME.fullmatch(word)}
