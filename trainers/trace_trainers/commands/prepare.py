"""What a process does before its work."""

from __future__ import annotations

from trace_trainers.commands.quiet import quiet
from trace_trainers.engine.allocator import keep_freed_memory


def prepare() -> None:
    """Keeps freed memory, and silences the libraries; must run before transformers loads a model."""
    keep_freed_memory()
    quiet()
