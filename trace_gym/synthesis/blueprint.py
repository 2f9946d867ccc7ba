"""The blueprint: the declarative description that mining fills, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema

from trace_gym.errors import UserError
from trace_gym.synthesis.archetypes import ARCHETYPES

SCHEMA = "trace-gym/blueprint"
VERSION = 2
CASES = "cases"
"""The archetype of environments made of real tasks, whatever the capability."""
_VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parent / "blueprint.schema.json").read_text(encoding="utf-8"))
)


def check_blueprint(blueprint: Mapping[str, Any]) -> None:
    """Validates a blueprint.

    Args:
        blueprint: A JSON object.

    Raises:
        UserError: Naming the place and the fault.
    """
    fault = next(iter(_VALIDATOR.iter_errors(blueprint)), None)
    if fault is not None:
        where = ".".join(str(part) for part in fault.absolute_path) or "blueprint"
        raise UserError(f"The blueprint is not valid at {where}: {fault.message[:200]}.")
    known = (*ARCHETYPES, CASES)
    if blueprint["archetype"] not in known:
        raise UserError(f"Unknown archetype {blueprint['archetype']!r}; expected one of {', '.join(known)}.")
