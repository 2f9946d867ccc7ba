"""One HTML file about what an agent lacks: how sure that is, what fixing it brings, and where to see it.

Nothing in it comes from the network, and what transcripts say is shown as text, whatever it says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.capabilities.capabilities_file import table_of
from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labels import Evidence, Label
from trace_gym.capabilities.repair.attribution import Attribution
from trace_gym.capabilities.repair.triage import AGENT
from trace_gym.console.printable import printable
from trace_gym.report.edits import edit_in_words
from trace_gym.report.findings import findings_of, notes_on
from trace_gym.trajectories.record import Trajectory

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
)
_EXAMPLES = 3
"""Failed and passed episodes that are shown of each capability."""
_LONGEST = 1500
"""Characters that are shown of a message."""


@dataclass(frozen=True)
class Turn:
    """A message as it is shown.

    Example:
        >>> Turn(3, "user", "Hello", [], False).number
        3
    """

    number: int
    """Its index in the record."""
    role: str
    """Who speaks."""
    text: str
    """What is said, shortened."""
    calls: list[str]
    """The calls that are made."""
    is_marked: bool
    """Whether the evidence points at it."""


def render_page(
    capabilities: Mapping[str, Any],
    corpus: Corpus,
    attributions: Mapping[AttemptKey, Attribution] | None = None,
    title: str = "trajectories",
) -> str:
    """Lays out the report.

    Args:
        capabilities: The content of `capabilities.json`.
        corpus: The attempts that it was made from.
        attributions: What repair made of each failure; without it, whose fault they are and what fixing brings is
            left out.
        title: Names the trajectories.

    Returns:
        A whole HTML document.
    """
    repaired = attributions or {}
    found_by_repair = list(repaired.values())
    rows = [_row(row, found_by_repair) for row in capabilities["capabilities"]]
    found = [row for row in rows if row["lacking_failed"] or row["lacking_passed"]]
    close = [row for row in found if is_close(row, capabilities["thresholds"])]
    chosen = [row for row in rows if row["selected"]]
    for own in (chosen, close):
        if repaired:
            # what fixing brings is what a reader wants to know first
            own.sort(key=lambda row: -row["alone"])
    shown = chosen + close
    if not chosen:
        shown += [row for row in found if row not in close][:_EXAMPLES]
    sections = [{**row, **_examples(capabilities, corpus, row["name"], repaired)} for row in shown]
    return _TEMPLATES.get_template("report.html.j2").render(
        title=title,
        trajectories=capabilities["trajectories"],
        tasks=capabilities["tasks"],
        failures=capabilities["failures"],
        thresholds=capabilities["thresholds"],
        rows=found,
        sections=sections,
        selected=[row["name"] for row in shown if row["selected"]],
        close=close,
        never=[row["name"] for row in rows if row not in found],
        knows_outcome=any(row["labeller"] == RepairLabeller.NAME for row in rows),
        faults=_faults(found_by_repair),
        others=[_other(attribution) for attribution in found_by_repair if attribution.fault.side != AGENT],
        counts=_counts(found_by_repair),
        is_attributed=bool(repaired),
        notes=notes_on(capabilities),
    )


def _row(row: Mapping[str, Any], attributions: Sequence[Attribution]) -> dict[str, Any]:
    """A capability, with what is drawn of its interval and what fixing it alone would bring.

    Its rates are of the episodes that needed it.
    """
    alone = sum(attribution.capabilities == (row["name"],) for attribution in attributions)
    interval = row["delta_interval"]
    bar = None
    if interval is not None and row["delta"] is not None:
        # delta lies in [-1, 1], the drawing in [0, 200]
        low, high = (100 * (1 + end) for end in interval)
        bar = {"low": low, "width": max(2.0, high - low), "point": 100 * (1 + row["delta"])}
    return {
        **row,
        "alone": alone,
        "alone_by_labels": row.get("alone"),
        "bar": bar,
        "findings": findings_of(row),
        # files from before these statistics have none of them
        "has_more": "exercised" in row,
        "needed_failed": row["lacking_failed"] + row["present_failed"],
        "needed_passed": row["lacking_passed"] + row["present_passed"],
    }


def is_close(row: Mapping[str, Any], thresholds: Mapping[str, Any]) -> bool:
    """Returns whether a capability that is not selected is no chance find, and passes in more than half of the runs.

    Args:
        row: Its row.
        thresholds: When it would be selected.
    """
    if row["selected"] or row["q"] is None or row["lacking_failed"] < thresholds["support"]:
        return False
    return bool(row["q"] <= thresholds["false_discovery"] and row["runs_passed"] > row["runs"] / 2)


def _faults(attributions: Sequence[Attribution]) -> list[tuple[str, int]]:
    return Counter(attribution.fault.side for attribution in attributions).most_common()


def _counts(attributions: Sequence[Attribution]) -> dict[str, int]:
    """How many of the agent's failures show one capability to be lacking, and how many several."""
    agents = [attribution for attribution in attributions if attribution.fault.side == AGENT]
    return {
        "agents": len(agents),
        "one": sum(len(attribution.capabilities) == 1 for attribution in agents),
        "several": sum(len(attribution.capabilities) > 1 for attribution in agents),
    }


def _other(attribution: Attribution) -> dict[str, Any]:
    """A failure that is not the agent's."""
    evidence = Evidence(attribution.fault.message, note=f"{attribution.fault.side}: {attribution.fault.reason}")
    return _example(attribution.trajectory, evidence, attribution)


def _examples(
    capabilities: Mapping[str, Any], corpus: Corpus, name: str, repaired: Mapping[AttemptKey, Attribution]
) -> dict[str, Any]:
    """Failures that lack a capability and passes that showed it, and a line for each failure that lacks it."""
    table = table_of(capabilities, name)
    labels = table.consensus()
    lacking = _labelled(corpus, labels, Label.LACKING, is_solved=False)
    present = _labelled(corpus, labels, Label.PRESENT, is_solved=True)

    # a failure that lacks nothing else shows best what this one is
    failed = _chosen(lacking, lambda key: not _is_alone(repaired.get(key), name))
    tasks = {key.task_id for key, _ in failed}
    # a pass of the same task is the best model
    passed = _chosen(present, lambda key: key.task_id not in tasks)
    return {
        "lacking": [_example(one, table.evidence.get(key), repaired.get(key)) for key, one in failed],
        "present": [_example(one, table.evidence.get(key), repaired.get(key)) for key, one in passed],
        "every": [_line(one, table.evidence.get(key), _has_company(repaired.get(key), name)) for key, one in lacking],
    }


def _is_alone(attribution: Attribution | None, name: str) -> bool:
    return attribution is not None and attribution.capabilities == (name,)


def _has_company(attribution: Attribution | None, name: str) -> bool:
    """Whether the repair shows other capabilities to be lacking, too."""
    return attribution is not None and name in attribution.capabilities and len(attribution.capabilities) > 1


def _labelled(
    corpus: Corpus, labels: Mapping[AttemptKey, Label], label: Label, *, is_solved: bool
) -> list[tuple[AttemptKey, Trajectory]]:
    """The episodes of a label and an outcome."""
    found = []
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        if labels[key] is label and corpus.outcomes[key] is is_solved:
            found.append((key, trajectory))
    return found


def _chosen(
    found: Sequence[tuple[AttemptKey, Trajectory]], comes_later: Callable[[AttemptKey], bool]
) -> list[tuple[AttemptKey, Trajectory]]:
    """A few, each of another task: the better ones first, and of these the shortest, as they are read soonest."""
    firsts: dict[str, tuple[AttemptKey, Trajectory]] = {}
    for key, trajectory in sorted(found, key=lambda row: (comes_later(row[0]), len(row[1].messages), row[0])):
        firsts.setdefault(key.task_id, (key, trajectory))
    return list(firsts.values())[:_EXAMPLES]


def _line(trajectory: Trajectory, evidence: Evidence | None, has_company: bool) -> dict[str, Any]:
    """A failure in one line."""
    return {
        "task": f"{trajectory.task_id}, trial {trajectory.trial}",
        "message": None if evidence is None else evidence.message,
        "note": printable("" if evidence is None else evidence.note),
        "has_company": has_company,
    }


def _example(
    trajectory: Trajectory, evidence: Evidence | None, attribution: Attribution | None = None
) -> dict[str, Any]:
    marked = None
    note = ""
    if evidence is not None:
        marked = evidence.message
        note = evidence.note
    changed = []
    lacking: list[str] = []
    if attribution is not None:
        changed = [printable(edit_in_words(edit, trajectory)) for edit in attribution.verdict.edits]
        lacking = list(attribution.capabilities)
    return {
        "task": f"{trajectory.task_id}, trial {trajectory.trial}",
        "reward": trajectory.reward,
        "note": printable(note),
        "script": printable(trajectory.script),
        "changed": changed,
        "lacking": lacking,
        "turns": list(_turns(trajectory, marked)),
    }


def _turns(trajectory: Trajectory, marked: int | None) -> Iterator[Turn]:
    for number, message in enumerate(trajectory.messages):
        if message["role"] == "system":
            continue
        content = message.get("content")
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        calls = []
        for call in message.get("tool_calls") or []:
            function = call["function"]
            calls.append(printable(f"{function['name']} {json.dumps(function['arguments'], ensure_ascii=False)}"))
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} … {len(text) - _LONGEST:,} more characters"
        yield Turn(number, printable(str(message["role"])), printable(text), calls, number == marked)
