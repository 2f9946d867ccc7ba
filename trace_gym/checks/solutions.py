"""Gold solutions: every task can be made, and its solution scores 1 on every split and level."""

from __future__ import annotations

import inspect
import itertools
import traceback
from collections.abc import Iterator
from pathlib import Path

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import solve
from trace_gym.checks.subject import Subject
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import Tool
from trace_gym.env.types import ToolCall, copy_json
from trace_gym.errors import ToolError, UserError

_LEAST_SOLVED = 4
_SHARE_SOLVED = 4


def gold(subject: Subject) -> Iterator[Finding]:
    """Checks that every task can be made, that its gold calls are valid, and that its lookups find something.

    Yields:
        `solution.gold`, for the first fault: an error if a task cannot be made, a warning if a lookup is refused.
    """
    for split, level in itertools.product(subject.splits, subject.levels):
        env = subject.make(split=split, difficulty=level)
        # not those on offer now: a solution may use a tool that an episode offers only later
        tools = env.all_tools()

        for index in range(subject.tasks):
            place = f"task {index} ({split!r}, level {level})"
            try:
                env.reset(options={"index": index})
            except Exception as error:
                yield Finding("solution.gold", f"{place} cannot be made: {_explain(error, env)}")
                return

            refused = _refused_lookup(env.episode.task, tools)
            if refused is not None:
                call, refusal = refused
                yield Finding(
                    "solution.gold",
                    f"The gold call {call.name}({dict(call.arguments)}) of {place} is refused: {refusal} Correct "
                    "`gold`.",
                    "warning",
                )
                return


def oracles(subject: Subject) -> Iterator[Finding]:
    """Checks that the gold solution scores 1 on every split and level, within the turn limit.

    Yields:
        `solution.oracle`, for the first task that fails.
    """
    # a quarter of the tasks is enough at each of the twelve or so combinations of split and level
    tasks = min(subject.tasks, max(_LEAST_SOLVED, subject.tasks // _SHARE_SOLVED))

    for split, level in itertools.product(subject.splits, subject.levels):
        env = subject.make(split=split, difficulty=level)
        for index in range(tasks):
            played = solve(env, index)
            if not played.solved or not played.over:
                terms = played.infos[-1].get("reward_terms", "none, as the episode did not end")
                yield Finding(
                    "solution.oracle",
                    f"The solution of task {index} ({split!r}, level {level}) scores {played.reward:g}, expected 1 "
                    f"(terms: {terms}).",
                )
                return


def _refused_lookup(task: Task, tools: dict[str, Tool]) -> tuple[ToolCall, str] | None:
    """The first gold lookup that its tool refuses on the initial state, and the refusal."""
    for call in task.gold_calls:
        # writes are left out: a recovery task's solution opens with a write that is meant to be refused
        tool = tools[call.name]
        if tool.kind != "read":
            continue
        try:
            tool(copy_json(task.state), call.arguments)
        except ToolError as refusal:
            return call, str(refusal)
    return None


def _explain(error: Exception, env: ToolEnv) -> str:
    """An error in one sentence, with the line of the environment's own file that raised it."""
    message = str(error).strip() or "no message"
    sentence = message.splitlines()[0]
    # a UserError is written for the reader; anything else is a bug whose type is part of the message
    if not isinstance(error, UserError):
        sentence = f"{type(error).__name__}: {sentence}"

    source = inspect.getsourcefile(type(env))
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source]
    if lines:
        sentence += f" ({Path(str(source)).name}, line {lines[-1]})"
    return sentence
