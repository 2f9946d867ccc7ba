"""Archetypes: one kind of environment a file, each with its template; adding one is adding a file and a line here."""

from __future__ import annotations

from typing import Any, Protocol, cast

from trace_gym.synthesis.archetypes import (
    argument_grounding,
    error_recovery,
    multi_step,
    precondition_check,
    result_reporting,
    structured_selection,
)
from trace_gym.synthesis.miner.source import Source


class Archetype(Protocol):
    """A module that finds the roles of one kind of environment.

    Responsibilities: `mine` returns the roles its template needs, all JSON, `tools` (the names it uses, at most
    seven) among them, or None when the material does not hold them; `NEEDS` says what it must hold. Deterministic.

    Example:
        >>> ARCHETYPES["multi_step"].NEEDS
        'a write on at least four different record identifiers'
    """

    NEEDS: str

    def mine(self, source: Source) -> dict[str, Any] | None:
        """Finds the roles.

        Args:
            source: The material.
        """
        ...


ARCHETYPES: dict[str, Archetype] = {
    "precondition_check": cast(Archetype, precondition_check),
    "structured_selection": cast(Archetype, structured_selection),
    "multi_step": cast(Archetype, multi_step),
    "argument_grounding": cast(Archetype, argument_grounding),
    "error_recovery": cast(Archetype, error_recovery),
    "result_reporting": cast(Archetype, result_reporting),
}
"""Archetypes by name; each has a template of its name."""
