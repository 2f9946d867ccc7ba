"""All checks on one environment, and what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.checks import (
    adversary_floor,
    determinism,
    fresh_process,
    gymnasium_api,
    leaks,
    learnability,
    lifecycle,
    rewards,
    robustness,
    schemas,
    solutions,
    tasks,
    vectors,
)
from trace_gym.checks.finding import Check, Finding
from trace_gym.checks.subject import Subject
from trace_gym.errors import UserError

FIRST = "solution.gold"
"""Without a playable gold solution every other check would fail too, and hide the cause."""
CHECKS: dict[str, Check] = {
    FIRST: solutions.gold,
    "gymnasium.check_env": gymnasium_api.checker,
    "gymnasium.spec": gymnasium_api.spec,
    "gymnasium.info": gymnasium_api.info,
    "gymnasium.vector": vectors.vectors,
    "determinism.repeats": determinism.repeats,
    "determinism.instances": determinism.interleaves,
    "determinism.process": fresh_process.processes,
    "determinism.seed": determinism.seeds,
    "tasks.json": tasks.data,
    "splits.disjoint": tasks.splits,
    "solution.oracle": solutions.oracles,
    "schema.described": schemas.described,
    "schema.honest": schemas.honest,
    "schema.kinds": schemas.kinds,
    "robustness.text": robustness.texts,
    "robustness.arguments": robustness.values,
    "robustness.end": lifecycle.ending,
    "robustness.limit": lifecycle.limits,
    "robustness.isolation": lifecycle.isolation,
    "reward.range": rewards.ranges,
    "reward.collateral": rewards.collateral,
    "adversary": adversary_floor.adversaries,
    "leak": leaks.leaks,
    "leak.terms": leaks.early_terms,
    "learnability": learnability.learnable,
}
"""The checks by name. A finding may carry a more specific name below its check's first part."""


@dataclass
class Report:
    """What all checks found on one environment.

    Example:
        >>> report = Report("trace/Mine-v0", findings=[Finding("tasks.json", "The state holds a set.", "warning")])
        >>> report.ok
        True
    """

    env_id: str
    """The environment."""
    findings: list[Finding] = field(default_factory=list)
    """Errors, warnings and waived findings, in the order of the checks."""
    checks: list[str] = field(default_factory=list)
    """Names of the checks that ran."""
    learnability: dict[str, Any] = field(default_factory=dict)
    """See `trace_gym.checks.learnability.report`; empty if that check did not run."""
    seconds: float = 0.0
    """How long the checks took."""

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.of_severity("error")

    def of_severity(self, severity: str) -> list[Finding]:
        """Returns the findings of one severity.

        Args:
            severity: `error`, `warning` or `waived`.
        """
        return [finding for finding in self.findings if finding.severity == severity]

    def to_json(self) -> dict[str, Any]:
        """Returns the report as JSON."""
        return {
            "env_id": self.env_id,
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
            "checks": self.checks,
            "learnability": self.learnability,
            "seconds": round(self.seconds, 2),
        }


def check(
    env_id: str,
    *,
    only: Sequence[str] = (),
    tasks: int = 16,
    kwargs: dict[str, Any] | None = None,
    starts_processes: bool = True,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Runs the checks on a registered environment.

    Args:
        env_id: A registered id; `module:ns/Name-v0` imports the module first.
        only: Names of checks, or their first parts, such as `robustness`; empty runs all of them.
        tasks: Tasks looked at per split, >= 2.
        kwargs: Passed on to the environment.
        starts_processes: Whether checks may start other processes. Without them `determinism.process` is left out
            and vector environments are checked in sync mode alone.
        progress: Called with each check's name before it runs.

    Returns:
        The findings. If `solution.gold` finds an error, no other check runs.

    Raises:
        UserError: If the id or a name is unknown, or `tasks` is below 2.

    Example:
        >>> report = check("trace/ServiceDesk-v0", only=["schema"], tasks=4)
        >>> report.checks, report.findings
        (['schema.described', 'schema.honest', 'schema.kinds'], [])
    """
    chosen = _chosen(only)
    if tasks < 2:
        raise UserError(f"At least 2 tasks must be looked at, got {tasks}.")
    if not starts_processes:
        chosen.pop("determinism.process", None)

    # made once by its full name, which imports its module; from then on the id alone is registered
    registered_id = env_id.rpartition(":")[2]
    waivers = Subject(env_id, kwargs=dict(kwargs or {})).make().waivers
    subject = Subject(registered_id, tasks, dict(kwargs or {}), starts_processes)
    subject.tasks = _available(subject)

    started = time.monotonic()
    report = Report(subject.env_id)
    for name, run in chosen.items():
        progress(name)
        report.checks.append(name)
        report.findings += [_waived(finding, waivers) for finding in _findings(name, run, subject)]
        if name == FIRST and not report.ok:
            break

    # kept by the subject, and so not played a second time here
    if "learnability" in chosen and report.ok:
        report.learnability = learnability.report(subject)
    report.seconds = time.monotonic() - started
    return report


def _chosen(only: Sequence[str]) -> dict[str, Check]:
    """The checks that `only` selects, in the order of `CHECKS`."""
    for part in only:
        if not any(_covers(part, name) for name in CHECKS):
            raise UserError(f"Unknown check {part!r}; choose from {', '.join(CHECKS)}.")

    chosen = {}
    for name, run in CHECKS.items():
        if not only or any(_covers(part, name) for part in only):
            chosen[name] = run
    return chosen


def _available(subject: Subject) -> int:
    """How many tasks can be looked at in every split."""
    smallest = subject.tasks
    for split in subject.splits:
        count = subject.make(split=split).task_count
        if count is not None:
            smallest = min(smallest, count)
    return smallest


def _findings(name: str, run: Check, subject: Subject) -> list[Finding]:
    """Runs one check."""
    findings: list[Finding] = []
    try:
        # one at a time, so that what was found before an exception is kept
        for finding in run(subject):
            findings.append(finding)
    except Exception as error:
        message = str(error).strip() or "no message"
        reason = message.splitlines()[0]
        findings.append(Finding(name, f"The check could not run: {type(error).__name__}: {reason}"))
    return findings


def _waived(finding: Finding, waivers: Mapping[str, str]) -> Finding:
    """Downgrades a finding that the environment's `waivers` give a reason for."""
    for part, reason in waivers.items():
        if _covers(part, finding.check):
            return Finding(finding.check, f"{finding.sentence} Waived: {reason}", "waived")
    return finding


def _covers(part: str, name: str) -> bool:
    """Whether `part` is `name` or a group that holds it."""
    return name == part or name.startswith(part + ".")
