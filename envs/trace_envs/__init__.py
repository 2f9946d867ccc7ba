"""The shipped suite of emitted environments: importing this package registers them for `gym.make`."""

from pathlib import Path

from trace_gym.synthesis.load import register_folder

IDS: list[str] = register_folder(Path(__file__).parent)
"""The ids of the suite."""
