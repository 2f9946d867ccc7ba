"""What a synthesizer is."""

from __future__ import annotations

from typing import Protocol

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.synthesis.draft import Draft


class Synthesizer(Protocol):
    """Makes an environment that rewards exercising one capability.

    Responsibilities: `synthesize` is deterministic in its arguments, writes nothing and runs no generated code; what
    it returns is checked by the gate before anything imports it. It raises `UserError` when the corpus does not hold
    what it needs, with one sentence that says what is missing.

    Example:
        >>> from trace_gym.synthesis.synthesizers.logs import LogsSynthesizer
        >>> synthesizer: Synthesizer = LogsSynthesizer()
        >>> synthesizer.NAME
        'logs'
    """

    NAME: str

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        """Makes a draft.

        Args:
            table: The capability, and the labels of every attempt.
            corpus: The attempts.

        Returns:
            The environment as text.
        """
        ...
