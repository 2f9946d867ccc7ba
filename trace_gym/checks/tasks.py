"""Tasks are plain data, and no two splits share a task or an identifier."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject
from trace_gym.env.task import Task

_IDENTIFIER = re.compile(r"(?<![\w.])(?=\w*\d)(?=\w*[A-Za-z])\w{4,}")
_TIME = re.compile(r"\d{1,2}T\d{1,2}")
"""The middle of a timestamp, which looks like an identifier."""


def data(subject: Subject) -> Iterator[Finding]:
    """Checks that states are JSON, so that they can be copied, compared and stored.

    Yields:
        `tasks.json`, for the first task that fails.
    """
    for task in subject.task_list():
        try:
            restored = json.loads(json.dumps(task.state, allow_nan=False))
            # tuples and numeric keys pass `dumps`, and come back as lists and texts
            if restored != task.state:
                raise ValueError("it reads back as something else, such as a tuple or a number as key")
        except (TypeError, ValueError) as error:
            yield Finding("tasks.json", f"The state of a task is not JSON: {error}; use dicts, lists, texts, numbers.")
            return


def splits(subject: Subject) -> Iterator[Finding]:
    """Checks that no task and no identifier of one split occurs in another.

    Yields:
        `splits.disjoint`, for the first two splits that share something.
    """
    tasks_by_split = {split: subject.task_list(split) for split in subject.splits}

    for one, other in itertools.combinations(subject.splits, 2):
        overlap = _overlap(tasks_by_split[one], tasks_by_split[other])
        if overlap is not None:
            shared, advice = overlap
            yield Finding("splits.disjoint", f"{shared} in both {one!r} and {other!r}; {advice}.")
            return


def _overlap(tasks: list[Task], other_tasks: list[Task]) -> tuple[str, str] | None:
    """What the tasks of two splits share, with its verb, and how to avoid it."""
    shared_tasks = _texts(tasks) & _texts(other_tasks)
    if shared_tasks:
        shown = f"{len(shared_tasks)} of the first {len(tasks)} tasks occur"
        return shown, "make_task must use `rng` and `split`"

    shared_identifiers = _identifiers(tasks) & _identifiers(other_tasks)
    if shared_identifiers:
        shown = f"The identifier {min(shared_identifiers)!r} occurs"
        return shown, "draw identifiers from numbers_of_split(digits, split)"
    return None


def _texts(tasks: list[Task]) -> set[str]:
    """Everything that makes tasks different from each other, as one text a task."""
    return {json.dumps([task.name, task.request, task.state], sort_keys=True, default=repr) for task in tasks}


def _identifiers(tasks: list[Task]) -> set[str]:
    """Words of letters and digits that the states of a few tasks name."""
    counts: Counter[str] = Counter()
    for task in tasks:
        counts.update(set(_IDENTIFIER.findall(json.dumps(task.state, default=repr))))

    # what most tasks of a split hold names a field, such as `address1`, and not a record
    most = max(1, len(tasks) // 2)
    return {word for word, count in counts.items() if count <= most and not _TIME.fullmatch(word)}
