"""All checks on one environment, and what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.checks import (
    adversaries,
    determinism,
    gymnasium_api,
    leaks,
    learnability,
    rewards,
    robustness,
    schemas,
    tasks,
)
from trace_gym.checks.finding import Check, Finding
from trace_gym.checks.subject import Subject
from trace_gym.errors import UserError

FIRST = "solution.gold"
"""What this check has against an environment would be every other check's finding, too."""
CHECKS: dict[str, Check] = {
    FIRST: tasks.gold,
    "gymnasium.check_env": gymnasium_api.checker,
    "gymnasium.spec": gymnasium_api.spec,
    "gymnasium.info": gymnasium_api.info,
    "gymnasium.vector": gymnasium_api.vectors,
    "determinism.repeats": determinism.repeats,
    "determinism.instances": determinism.interleaves,
    "determinism.process": determinism.processes,
    "determinism.seed": determinism.seeds,
    "tasks.json": tasks.data,
    "splits.disjoint": tasks.splits,
    "solution.oracle": tasks.solutions,
    "schema.described": schemas.described,
    "schema.honest": schemas.honest,
    "schema.kinds": schemas.kinds,
    "robustness.text": robustness.texts,
    "robustness.arguments": robustness.values,
    "robustness.end": robustness.ending,
    "robustness.limit": robustness.limits,
    "robustness.isolation": robustness.isolation,
    "reward.range": rewards.ranges,
    "reward.collateral": rewards.collateral,
    "adversary": adversaries.adversaries,
    "leak": leaks.leaks,
    "leak.terms": leaks.early_terms,
    "learnability": learnability.learnable,
}
"""The checks by name; a finding may carry a more special name below the same first part."""


@dataclass
class Report:
    """What all checks found on one environment."""

    env_id: str
    """The environment."""
    findings: list[Finding] = field(default_factory=list)
    """Errors and warnings, in the order of the checks."""
    checks: list[str] = field(default_factory=list)
    """The checks that were run."""
    learnability: dict[str, Any] = field(default_factory=dict)
    """See `trace_gym.checks.learnability.report`; empty when that check was not run."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(finding.severity == "error" for finding in self.findings)

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
        env_id: a registered id.
        only: names of checks, or first parts of them; all by default.
        tasks: tasks looked at per split, >= 2.
        kwargs: passed on to the environment.
        starts_processes: whether checks may start other processes; without them, `determinism.process` is left out
            and vector environments are checked in sync mode alone.
        progress: called with each check's name before it runs.

    Raises:
        UserError: if the id or a name is unknown.
    """
    chosen = {name: run for name, run in CHECKS.items() if not only or any(_covers(part, name) for part in only)}
    unknown = [part for part in only if not any(_covers(part, name) for name in CHECKS)]
    if unknown:
        raise UserError(f"Unknown check {unknown[0]!r}; known are {', '.join(CHECKS)}.")
    if tasks < 2:
        raise UserError(f"At least 2 tasks must be looked at, got {tasks}.")
    if not starts_processes:
        chosen.pop("determinism.process", None)
    subject = Subject(env_id.rpartition(":")[2], tasks, dict(kwargs or {}), starts_processes)
    subject.tasks, limits = _looked_at(subject), subject.make().waivers
    started = time.monotonic()
    found = Report(subject.env_id)
    for name, run in chosen.items():
        progress(name)
        found.checks.append(name)
        try:
            found.findings += [_waived(finding, limits) for finding in run(subject)]
        except Exception as error:
            reason = (str(error).strip() or "no message").splitlines()[0]
            found.findings.append(Finding(name, f"The check could not be made: {type(error).__name__}: {reason}"))
        if name == FIRST and not found.ok:
            break
    if "learnability" in chosen and found.ok:
        found.learnability = learnability.report(subject)
    found.seconds = time.monotonic() - started
    return found


def _looked_at(subject: Subject) -> int:
    """How many tasks a split there are to look at."""
    counts = [subject.make(split=split).task_count for split in subject.splits]
    return min([subject.tasks, *(count for count in counts if count is not None)])


def _waived(finding: Finding, limits: Mapping[str, str]) -> Finding:
    """Marks what the environment cannot help and says so."""
    reason = next((text for part, text in limits.items() if _covers(part, finding.check)), None)
    if reason is None:
        return finding
    return Finding(finding.check, f"{finding.sentence} Waived: {reason}", "waived")


def _covers(part: str, name: str) -> bool:
    return name == part or name.startswith(part + ".")
