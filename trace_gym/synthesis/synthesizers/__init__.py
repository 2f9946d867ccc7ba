"""The synthesizers by name; adding one is adding a file and a line here."""

from __future__ import annotations

from trace_gym.errors import UserError
from trace_gym.synthesis.synthesizers.auto import AutoSynthesizer
from trace_gym.synthesis.synthesizers.cases import CasesSynthesizer
from trace_gym.synthesis.synthesizers.logs import LogsSynthesizer
from trace_gym.synthesis.synthesizers.synthesizer import Synthesizer

SYNTHESIZERS: dict[str, Synthesizer] = {
    AutoSynthesizer.NAME: AutoSynthesizer(),
    LogsSynthesizer.NAME: LogsSynthesizer(),
    CasesSynthesizer.NAME: CasesSynthesizer(),
}
"""What makes environments out of a corpus."""


def synthesizer_named(name: str) -> Synthesizer:
    """Returns a synthesizer.

    Args:
        name: One of `SYNTHESIZERS`.

    Raises:
        UserError: If there is none of that name.

    Example:
        >>> synthesizer_named("logs").NAME
        'logs'
    """
    if name not in SYNTHESIZERS:
        raise UserError(f"Unknown synthesizer {name!r}; expected one of {', '.join(SYNTHESIZERS)}.")
    return SYNTHESIZERS[name]
