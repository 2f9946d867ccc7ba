"""Cases from a corpus: tasks whose solution can be replayed from what the logs show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import Label
from trace_gym.env.types import Json, ToolCall
from trace_gym.synthesis.cases.masking import masked
from trace_gym.synthesis.cases.world import World, entry_of, observe
from trace_gym.synthetic.cases import Case
from trace_gym.synthetic.exercised import subject
from trace_gym.synthetic.texts import key_of

_LARGEST = 8_000
"""Characters of results a case; every task of the environment is made from its text."""


def collect_cases(table: LabelTable, corpus: Corpus) -> list[Case]:
    """Collects the tasks in which a capability mattered and whose solution can be replayed.

    Args:
        table: The labels of every attempt.
        corpus: The attempts.

    Returns:
        Cases, those with the shortest solutions first.
    """
    labels = table.consensus()
    attempts_by_task: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    concerned: set[tuple[str, str]] = set()
    for key, attempt in zip(corpus.keys, corpus.attempts, strict=True):
        task = (key.env_id, key.task_id)
        attempts_by_task[task].append(attempt)
        if labels[key] is not Label.NA:
            concerned.add(task)

    cases: list[tuple[int, str, Case]] = []
    for task, attempts in attempts_by_task.items():
        if task not in concerned:
            continue
        case = _case(attempts)
        if case is not None:
            cases.append((len(case["gold"]), task[1], masked(case)))
    cases.sort(key=lambda found: found[:2])
    return [case for _, _, case in cases]


def _case(attempts: Sequence[Attempt]) -> Case | None:
    """One task with its world; None if its solution needs something that no attempt saw."""
    first = attempts[0]
    # a call that is neither a look-up nor a write leaves no trace: handing over to a human, thinking aloud
    gold = [call for call in first.reference or [] if first.kind(call.name) in ("read", "write")]
    world = observe(attempts)
    if not gold or not _is_replayable(gold, first, world):
        return None

    # what refuses an assistant's inventions needs no record: a write that is not the solution's fails anyway
    refusals = {}
    for entry in map(entry_of, gold):
        if entry in world.refusals:
            refusals[entry] = {"message": world.refusals[entry], "once": False}
    return {
        "request": first.request,
        "tables": _within(_LARGEST, world.tables, gold),
        "refusals": refusals,
        "gold": [call.to_json() for call in gold],
        "facts": [fact.to_json() for fact in first.facts],
        "answers": _answers(first.request, gold, attempts),
        "reply": _reply(first),
    }


def _within(size: int, tables: dict[str, dict[str, Json]], gold: Sequence[ToolCall]) -> dict[str, dict[str, Json]]:
    """What the solution looks up, and of the rest, smallest first, as much as there is room for."""
    wanted = {(call.name, key_of(call.arguments)) for call in gold}
    rows = []
    for name, table in tables.items():
        for key, value in table.items():
            length = len(json.dumps(value))
            rows.append(((name, key) not in wanted, length, name, key))

    kept: dict[str, dict[str, Json]] = {}
    for is_extra, length, name, key in sorted(rows):
        size -= length
        if size >= 0 or not is_extra:
            kept.setdefault(name, {})[key] = tables[name][key]
    return kept


def _is_replayable(gold: Sequence[ToolCall], attempt: Attempt, world: World) -> bool:
    for number, call in enumerate(gold):
        if attempt.kind(call.name) == "read":
            # a look-up after a write shows a changed record, which the write's effect will make of the first one
            if not world.shows(call):
                return False
        elif attempt.kind(call.name) == "write":
            again = [
                other for other in gold[number + 1 :] if (other.name, subject(other)) == (call.name, subject(call))
            ]
            # a write that the solution makes once more for the same record was refused, and it must be known how
            if again and entry_of(call) not in world.refusals:
                return False
            if not again and entry_of(call) in world.refusals:
                return False
    return True


def _answers(request: str, gold: Sequence[ToolCall], attempts: Sequence[Attempt]) -> list[str]:
    """What the user told when asked, where the solution needs it and the request does not say it."""
    needed: set[str] = set()
    for call in gold:
        if subject(call) and subject(call) not in request:
            needed.add(subject(call))

    for attempt in attempts:
        told = [str(message["content"]) for message in attempt.messages if message["role"] == "user"][1:]
        answers = [text for text in told if _names_any(text, needed)]
        if answers:
            return answers
    return []


def _names_any(text: str, names: Collection[str]) -> bool:
    return any(name in text for name in names)


def _reply(attempt: Attempt) -> str:
    """Closing words that state every fact."""
    sentences: list[str] = []
    for fact in attempt.facts:
        about = fact.about or "It"
        sentences.append(f"{about}: {fact.value}.")
    return " ".join(sentences) or "Done."


def levels_of(cases: Sequence[Case]) -> list[list[int]]:
    """Returns the cases of each of three levels: the shorter half, all, and the longer half.

    Args:
        cases: Those with the shortest solutions first.

    Example:
        >>> levels_of([{}, {}, {}])
        [[0, 1], [0, 1, 2], [1, 2]]
    """
    half = (len(cases) + 1) // 2
    numbers = list(range(len(cases)))
    return [numbers[:half], numbers, numbers[len(cases) - half :]]


def tools_of(cases: Sequence[Case]) -> list[str]:
    """Returns the tools that cases use, by name.

    Args:
        cases: Any number.
    """
    names: dict[str, None] = {}
    for case in cases:
        for call in case["gold"]:
            names[call["name"]] = None
        for name in case["tables"]:
            names[name] = None
        for entry in case["refusals"]:
            names[entry.partition("(")[0]] = None
    return list(names)
