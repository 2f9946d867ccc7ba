"""Finding environment packs: installed packages that name a module under the entry-point group `trace_gym.envs`."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from importlib.metadata import entry_points

GROUP = "trace_gym.envs"


@cache
def discover() -> tuple[str, ...]:
    """Imports every installed pack, so that its environments are registered; once per process.

    A pack that cannot be imported is left out with a warning that names it and the reason.

    Returns:
        The names of the packs that were imported, sorted.

    Example:
        >>> isinstance(discover(), tuple)
        True
    """
    imported = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        module = entry.value.partition(":")[0]
        try:
            importlib.import_module(module)
        except Exception as error:
            # another author's code may fail in any way, and must not take the other packs with it
            reason = (str(error) or type(error).__name__).splitlines()[0]
            warnings.warn(
                f"The environment pack {entry.name!r} ({entry.value}) cannot be imported: {reason}.", stacklevel=2
            )
            continue
        imported.append(entry.name)
    return tuple(imported)
