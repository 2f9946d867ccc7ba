"""Importing a benchmark's modules, whose private names another version may lack."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any


def import_checked(package: str, name: str, used: Iterable[str]) -> Any:
    """Imports a module of a package, and checks that it has what is used of it.

    Args:
        package: The package's import name.
        name: The module's name within the package.
        used: Names that the module must have.

    Raises:
        ImportError: If there is no such module, or it lacks one of the names.

    Example:
        >>> import_checked("json", "decoder", ["JSONDecoder"]).__name__
        'json.decoder'
        >>> import_checked("json", "decoder", ["XMLDecoder"])
        Traceback (most recent call last):
        ...
        ImportError: decoder has no XMLDecoder
    """
    imported = importlib.import_module(f"{package}.{name}")
    for wanted in used:
        if not hasattr(imported, wanted):
            raise ImportError(f"{name} has no {wanted}")
    return imported
