"""The synthesizer that needs nothing but logs: it mines a blueprint and renders it with an archetype's template."""

from __future__ import annotations

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.mine import mine_blueprint
from trace_gym.synthesis.synthesizers.rendering import draft_of


class LogsSynthesizer:
    """Mines a world from trajectories: tools, records, refusals, phrasings.

    Example:
        >>> LogsSynthesizer().NAME
        'logs'
    """

    NAME = "logs"

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        """Makes a draft; see `Synthesizer.synthesize`.

        Args:
            table: The capability, and where it was PRESENT or LACKING.
            corpus: What was labelled.

        Raises:
            UserError: If the corpus does not hold what the capability's archetype needs.
        """
        return draft_of(mine_blueprint(table, corpus), self.NAME)
