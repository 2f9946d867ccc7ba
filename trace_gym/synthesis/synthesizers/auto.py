"""The synthesizer that takes the best that a corpus allows."""

from __future__ import annotations

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.errors import UserError
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.synthesizers.cases import CasesSynthesizer
from trace_gym.synthesis.synthesizers.logs import LogsSynthesizer


class AutoSynthesizer:
    """Varies real tasks where the logs hold enough of them, and else makes tasks of an archetype.

    Which it was stands in the manifest, as `synthesizer`.

    Example:
        >>> AutoSynthesizer().NAME
        'auto'
    """

    NAME = "auto"

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        """Makes a draft; see `Synthesizer.synthesize`.

        Args:
            table: The capability, and where it was PRESENT or LACKING.
            corpus: What was labelled.

        Raises:
            UserError: If neither way is open; the sentence names what each is lacking.
        """
        try:
            return CasesSynthesizer().synthesize(table, corpus)
        except UserError as no_cases:
            try:
                return LogsSynthesizer().synthesize(table, corpus)
            except UserError as no_archetype:
                raise UserError(f"{no_cases} {no_archetype}") from None
