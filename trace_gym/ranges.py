"""Numbers that settings must not be below."""

from __future__ import annotations


def require_positive(settings: object, *names: str) -> None:
    """Checks that some settings are at least 1.

    Args:
        settings: An object that has them as attributes.
        *names: Their names.

    Raises:
        ValueError: If one is less.

    Example:
        >>> from types import SimpleNamespace
        >>> require_positive(SimpleNamespace(tasks=8, trials=0), "tasks", "trials")
        Traceback (most recent call last):
        ValueError: trials must be >= 1, got 0.
    """
    for name in names:
        value = getattr(settings, name)
        if value < 1:
            raise ValueError(f"{name} must be >= 1, got {value}.")
