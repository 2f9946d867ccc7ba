"""Writes a draft into a folder; nothing in it is imported here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trace_gym.files import write_atomic, write_json
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.manifest import FILE


def emit(draft: Draft, root: Path) -> Path:
    """Writes an environment's files and its manifest.

    Args:
        draft: What to write.
        root: Gets a folder of the manifest's name.

    Returns:
        The environment's folder, which the gate (`gate.check_folder`) must pass before it can be made.

    Raises:
        UserError: If the folder cannot be written.
    """
    folder = root / draft.manifest.folder
    for name, text in draft.files.items():
        write_atomic(folder / name, text)
    # last: where the manifest is, the files are
    manifest = replace(draft.manifest, files=tuple(sorted(draft.files)))
    write_json(folder / FILE, manifest.to_json())
    return folder
