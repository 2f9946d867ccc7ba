"""One HTML file about what an agent lacks: how sure that is, what fixing it brings, and where to see it.

Nothing in it comes from the network, and what transcripts say is shown as text, whatever it says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.capabilities.capabilities_file import table_of
from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.labels import Evidence, Label
from trace_gym.capabilities.repair.attribution import Attribution
from trace_gym.capabilities.repair.triage import AGENT
from trace_gym.console.printable import printable
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
    attributions: Sequence[Attribution] = (),
    title: str = "trajectories",
) -> str:
    """Lays out the report.

    Args:
        capabilities: The content of `capabilities.json`.
        corpus: The attempts that it was made from.
        attributions: What repair made of the failures; empty leaves out whose fault they are and what fixing brings.
        title: Names the trajectories.

    Returns:
        A whole HTML document.
    """
    rows = [_row(row, attributions) for row in capabilities["capabilities"]]
    shown = [row for row in rows if row["selected"]] or [row for row in rows if row["lacking_failed"]][:3]
    sections = [{**row, **_examples(capabilities, corpus, row["name"])} for row in shown]
    return _TEMPLATES.get_template("report.html.j2").render(
        title=title,
        trajectories=capabilities["trajectories"],
        tasks=capabilities["tasks"],
        failures=capabilities["failures"],
        thresholds=capabilities["thresholds"],
        rows=rows,
        sections=sections,
        selected=[row["name"] for row in rows if row["selected"]],
        never=[row["name"] for row in rows if not row["lacking_failed"] and not row["lacking_passed"]],
        faults=_faults(attributions),
        reasons=_reasons(attributions),
        is_attributed=bool(attributions),
    )


def _row(row: Mapping[str, Any], attributions: Sequence[Attribution]) -> dict[str, Any]:
    """A capability, with what is drawn of its interval and what fixing it alone would bring."""
    alone = sum(attribution.capabilities == (row["name"],) for attribution in attributions)
    interval = row["delta_interval"]
    bar = None
    if interval is not None and row["delta"] is not None:
        # delta lies in [-1, 1], the drawing in [0, 200]
        low, high = (100 * (1 + end) for end in interval)
        bar = {"low": low, "width": max(2.0, high - low), "point": 100 * (1 + row["delta"])}
    return {**row, "alone": alone, "bar": bar, "objection": row.get("objection", "")}


def _faults(attributions: Sequence[Attribution]) -> list[tuple[str, int]]:
    return Counter(attribution.fault.side for attribution in attributions).most_common()


def _reasons(attributions: Sequence[Attribution]) -> list[tuple[str, str]]:
    """The failures that are not the agent's: which, and why."""
    return [
        (f"{attribution.trajectory.task_id}, trial {attribution.trajectory.trial}", attribution.fault.reason)
        for attribution in attributions
        if attribution.fault.side != AGENT
    ]


def _examples(capabilities: Mapping[str, Any], corpus: Corpus, name: str) -> dict[str, Any]:
    table = table_of(capabilities, name)
    labels = table.consensus()
    lacking = _chosen(corpus, labels, Label.LACKING, is_solved=False)
    present = _chosen(corpus, labels, Label.PRESENT, is_solved=True)
    return {
        "lacking": [_example(trajectory, table.evidence.get(key)) for key, trajectory in lacking],
        "present": [_example(trajectory, table.evidence.get(key)) for key, trajectory in present],
    }


def _chosen(
    corpus: Corpus, labels: Mapping[AttemptKey, Label], label: Label, *, is_solved: bool
) -> list[tuple[AttemptKey, Trajectory]]:
    """The shortest episodes of a label and an outcome, of different tasks: they are read soonest."""
    found = []
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        if labels[key] is label and corpus.outcomes[key] is is_solved:
            found.append((len(trajectory.messages), key, trajectory))
    firsts: dict[str, tuple[AttemptKey, Trajectory]] = {}
    for _, key, trajectory in sorted(found, key=lambda row: (row[0], row[1])):
        firsts.setdefault(key.task_id, (key, trajectory))
    return list(firsts.values())[:_EXAMPLES]


def _example(trajectory: Trajectory, evidence: Evidence | None) -> dict[str, Any]:
    marked = None
    note = ""
    if evidence is not None:
        marked = evidence.message
        note = evidence.note
    return {
        "task": f"{trajectory.task_id}, trial {trajectory.trial}",
        "reward": trajectory.reward,
        "note": printable(note),
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
