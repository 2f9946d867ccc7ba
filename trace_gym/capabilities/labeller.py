"""What a labeller is, and how a fixed rule becomes one."""

from __future__ import annotations

from typing import Protocol

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import INFRASTRUCTURE, Capability, Judgement, Label, SetApart


class Labeller(Protocol):
    """Labels a whole corpus: a rule, a language model, or a file of human annotations.

    Responsibilities: `label` returns one table per capability, each with a label for every attempt. It may raise
    `UserError` when it cannot work at all (no endpoint, no such file), and never because of a single attempt: what
    cannot be judged is NA, and what is not the agent's fault is set apart. It must not look at `corpus.outcomes`, or
    its contrast would only restate the reward.

    Example:
        >>> class Silence:
        ...     NAME = "silence"
        ...     def label(self, corpus: Corpus) -> list[LabelTable]:
        ...         capability = Capability("speech", "Say something.")
        ...         return [LabelTable(capability, self.NAME, (dict.fromkeys(corpus.keys, Label.NA),))]
        >>> labeller: Labeller = Silence()
        >>> len(labeller.label(Corpus.from_trajectories([]))[0].runs)
        1
    """

    NAME: str

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Labels every attempt.

        Args:
            corpus: The attempts.

        Returns:
            One table per capability.
        """
        ...


class Rule(Protocol):
    """A module that labels one capability by a fixed rule over an attempt's action structure.

    Responsibilities: `label` is deterministic, never sees reward or success, and never raises for a well-formed
    attempt.

    Example:
        >>> from trace_gym.capabilities.labellers.rules import error_recovery
        >>> rule: Rule = error_recovery
        >>> rule.NAME, rule.ARCHETYPE
        ('error_recovery', 'error_recovery')
    """

    NAME: str
    DESCRIPTION: str
    ARCHETYPE: str
    OCCASION: str
    """What gives an attempt an occasion to show the capability, in one sentence."""
    NEEDS: str
    """What a log must hold beside its messages."""
    BLIND_TO: str
    """What the rule cannot see."""

    def label(self, attempt: Attempt) -> Label | Judgement:
        """Labels one attempt.

        Args:
            attempt: Blind to the outcome.

        Returns:
            The label, with evidence where the rule can name it.
        """
        ...


class RuleLabeller:
    """Makes a fixed rule a labeller.

    Example:
        >>> from trace_gym.capabilities.labellers.rules import error_recovery
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hi"}]
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", talk, 0.0, False)])
        >>> table = RuleLabeller(error_recovery).label(corpus)[0]
        >>> table.runs[0][corpus.keys[0]]
        <Label.NA: '-'>
    """

    def __init__(self, rule: Rule) -> None:
        """Wraps a rule.

        Args:
            rule: A module, or any object with the same attributes.
        """
        self.NAME = rule.NAME
        self._rule = rule

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Applies the rule to every attempt; one whose rollout broke off is NA and set apart.

        Args:
            corpus: The attempts.

        Returns:
            One table, with one run.
        """
        labels = {}
        evidence = {}
        set_apart = {}
        for key, trajectory, attempt in zip(corpus.keys, corpus.trajectories, corpus.attempts, strict=True):
            if trajectory.error:
                # a failure of the environment or of an endpoint says nothing about the agent
                labels[key] = Label.NA
                set_apart[key] = SetApart(INFRASTRUCTURE, f"the rollout broke off: {trajectory.error}")
                continue

            judgement = self._judge(attempt)
            labels[key] = judgement.label
            if judgement.evidence is not None:
                evidence[key] = judgement.evidence

        rule = self._rule
        capability = Capability(rule.NAME, rule.DESCRIPTION, rule.ARCHETYPE)
        return [LabelTable(capability, "rules", (labels,), evidence, set_apart)]

    def _judge(self, attempt: Attempt) -> Judgement:
        judged = self._rule.label(attempt)
        if isinstance(judged, Judgement):
            return judged
        return Judgement(judged)
