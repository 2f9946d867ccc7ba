"""Labels of (attempt, capability), the evidence for them, and the capability itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

INFRASTRUCTURE = "infrastructure"
"""The side of an attempt whose rollout broke off."""


class Label(Enum):
    """Whether an attempt shows a capability; the value is its letter in files.

    Example:
        >>> Label("L")
        <Label.LACKING: 'L'>
    """

    NA = "-"
    """The capability is not needed, or there was no occasion to show it."""
    PRESENT = "P"
    """Needed and exercised."""
    LACKING = "L"
    """Needed and not exercised."""


@dataclass(frozen=True)
class Capability:
    """Something an agent can or cannot do: one or more actions that some tasks cannot be solved without.

    Example:
        >>> Capability("error_recovery", "Correct a refused call and try again.", "error_recovery").name
        'error_recovery'
    """

    name: str
    """A word such as `error_recovery`, which also names the environment and the adapter."""
    description: str
    """One sentence, in the imperative."""
    archetype: str = ""
    """The kind of environment that trains it; empty where no archetype is known."""


@dataclass(frozen=True)
class Evidence:
    """Where in an attempt a label can be checked by a reader.

    Example:
        >>> Evidence(message=4, note="W1234 was cancelled before it was looked up").message
        4
    """

    message: int | None = None
    """Index of the message; None where no single message shows it."""
    call: int | None = None
    """Index of the call among the attempt's calls; None where no single call shows it."""
    note: str = ""
    """One sentence."""


@dataclass(frozen=True)
class SetApart:
    """Why an attempt says nothing about the agent; it leaves every denominator.

    Example:
        >>> SetApart(INFRASTRUCTURE, "the rollout broke off: timeout").side
        'infrastructure'
    """

    side: str
    """Whose fault the failure is, such as `user`, `evaluator` or `infrastructure`."""
    reason: str
    """What shows that, in a few words."""


@dataclass(frozen=True)
class Judgement:
    """A label together with its evidence.

    Example:
        >>> Judgement(Label.PRESENT).evidence is None
        True
    """

    label: Label
    """The label."""
    evidence: Evidence | None = None
    """Where a reader can check the label; None where the labeller does not say."""
