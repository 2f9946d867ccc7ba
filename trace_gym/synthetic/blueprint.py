"""The blueprint that an emitted environment reads its tools and roles from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Blueprint = dict[str, Any]
"""The parsed content of a `blueprint.json`."""


def load_blueprint(module_file: str) -> Blueprint:
    """Reads the `blueprint.json` next to an emitted module.

    Args:
        module_file: The module's `__file__`.
    """
    path = Path(module_file).parent / "blueprint.json"
    blueprint: Blueprint = json.loads(path.read_text(encoding="utf-8"))
    return blueprint
