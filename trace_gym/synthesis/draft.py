"""What a synthesizer returns: an environment that is not yet written, checked or imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from trace_gym.errors import UserError
from trace_gym.synthesis.manifest import FILE, Manifest

MODULE = "env.py"
"""The file that holds the environment's class."""
_RESERVED = frozenset({FILE, "gate.json"})


@dataclass(frozen=True)
class Draft:
    """An environment as text.

    Example:
        >>> manifest = Manifest("trace/A-v0", "A", "a", "trace/B-v0", {"name": "c", "description": "d"})
        >>> Draft(manifest, {"env.py": "..."}).manifest.env_id
        'trace/A-v0'
    """

    manifest: Manifest
    """What it is."""
    files: Mapping[str, str]
    """Its files by relative path; `env.py` is one of them."""

    def __post_init__(self) -> None:
        """Checks the paths.

        Raises:
            UserError: If there is no `env.py`, or a path leaves the folder or names a file that is not the draft's.
        """
        if MODULE not in self.files:
            raise UserError(f"The draft of {self.manifest.env_id} has no {MODULE}; its files are {sorted(self.files)}.")
        for name in self.files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or name in _RESERVED or not path.parts:
                raise UserError(
                    f"The draft of {self.manifest.env_id} names the file {name!r}; expected a path inside its folder, "
                    f"other than {' and '.join(sorted(_RESERVED))}."
                )
