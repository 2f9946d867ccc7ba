"""The synthesizer that varies real tasks: each is replayed from what the logs show of its world."""

from __future__ import annotations

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.errors import UserError
from trace_gym.synthesis.blueprint import CASES
from trace_gym.synthesis.cases.collect import collect_cases, levels_of, tools_of
from trace_gym.synthesis.cases.trial import solvable
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.mine import frame_of
from trace_gym.synthesis.synthesizers.rendering import draft_of
from trace_gym.synthetic.blueprint import Blueprint
from trace_gym.synthetic.cases import Case
from trace_gym.synthetic.exercised import EXERCISED

_LEAST = 3
"""Fewer cases would be learnt by heart."""
_MOST = 60
"""More add bytes to the blueprint, and little else."""


class CasesSynthesizer:
    """Makes an environment of the tasks in which the capability mattered, with other identifiers and amounts.

    Unlike `LogsSynthesizer` it needs a reference solution for the tasks, and keeps their own requests, records and
    refusals, and whatever else a task takes.

    Example:
        >>> CasesSynthesizer().NAME
        'cases'
    """

    NAME = CASES

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        """Makes a draft; see `Synthesizer.synthesize`.

        Args:
            table: The capability, and where it was PRESENT or LACKING.
            corpus: What was labelled.

        Raises:
            UserError: If too few tasks can be replayed.
        """
        capability = table.capability
        if capability.archetype == "":
            raise UserError(
                f"No environment for {capability.name!r}: no kind of environment trains it yet; those there are: "
                f"{', '.join(EXERCISED)}."
            )
        if capability.archetype not in EXERCISED:
            raise UserError(
                f"No environment for {capability.name!r}: its archetype {capability.archetype!r} is unknown; expected "
                f"one of {', '.join(EXERCISED)}."
            )
        cases = collect_cases(table, corpus)
        if cases:
            blueprint = _blueprint(table, corpus, cases)
            cases = [cases[number] for number in solvable(blueprint)]
        if len(cases) < _LEAST:
            raise UserError(
                f"No environment for {capability.name!r}: {len(cases)} of the tasks in which it mattered can be "
                f"replayed from these logs, expected at least {_LEAST}; a task needs a reference solution, and "
                "attempts that looked up what it reads. Collect more, or use --synthesizer logs."
            )

        # evenly over the lengths of their solutions
        count = min(len(cases), _MOST)
        chosen = [cases[place * len(cases) // count] for place in range(count)]
        return draft_of(_blueprint(table, corpus, chosen), self.NAME)


def _blueprint(table: LabelTable, corpus: Corpus, cases: list[Case]) -> Blueprint:
    roles = {
        "tools": tools_of(cases),
        "cases": cases,
        "levels": levels_of(cases),
        "exercises": table.capability.archetype,
    }
    return frame_of(table, corpus, archetype=CASES, roles=roles)
