"""Attempts that say nothing about the agent, as `capabilities.json` lists them: once for each labeller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import SetApart
from trace_gym.env.types import Json
from trace_gym.errors import UserError


def set_apart_to_json(tables: Sequence[LabelTable], keys: Sequence[AttemptKey]) -> dict[str, Json]:
    """Returns the attempts that each labeller sets apart, by the attempt's position; no labeller that sets none.

    Args:
        tables: The tables of all labellers.
        keys: The attempts, in the order of the file.

    Raises:
        UserError: If a labeller sets other attempts apart for one capability than for another.

    Example:
        >>> from trace_gym.capabilities.labels import Capability, Label
        >>> key = AttemptKey("shop", "7")
        >>> apart = {key: SetApart("user", "it left")}
        >>> table = LabelTable(Capability("tact", "Stay polite."), "people", ({key: Label.NA},), set_apart=apart)
        >>> set_apart_to_json([table], [key])
        {'people': {'0': {'side': 'user', 'reason': 'it left'}}}
    """
    first_of: dict[str, LabelTable] = {}
    for table in tables:
        first = first_of.setdefault(table.labeller, table)
        if table.set_apart != first.set_apart:
            raise UserError(
                f"The labeller {table.labeller!r} sets other attempts apart for {table.capability.name!r} than for "
                f"{first.capability.name!r}; expected the same for all its capabilities."
            )

    written: dict[str, Json] = {}
    for labeller, table in first_of.items():
        if not table.set_apart:
            continue
        own: dict[str, Any] = {}
        for position, key in enumerate(keys):
            if key in table.set_apart:
                own[str(position)] = asdict(table.set_apart[key])
        written[labeller] = own
    return written


def set_apart_from_json(
    written: Mapping[str, Any], labeller: str, keys: Sequence[AttemptKey]
) -> dict[AttemptKey, SetApart]:
    """Returns what `set_apart_to_json` wrote of a labeller.

    Args:
        written: What all labellers set apart; empty in files from before there was such a thing.
        labeller: The labeller.
        keys: The attempts, in the order of the file.

    Example:
        >>> key = AttemptKey("shop", "7")
        >>> set_apart_from_json({"people": {"0": {"side": "user", "reason": "it left"}}}, "people", [key])[key].reason
        'it left'
    """
    apart = {}
    for position, fields in written.get(labeller, {}).items():
        apart[keys[int(position)]] = SetApart(**fields)
    return apart
