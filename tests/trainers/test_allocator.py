"""The allocator's settings: made where there is glibc, never against the user's own."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest
from trace_trainers.engine import allocator
from trace_trainers.engine.allocator import give_back_memory, keep_freed_memory


class Library:
    """Stands for the C library; what it is told is recorded."""

    def __init__(self, accepts: bool = True) -> None:
        self.told: list[tuple[int, int]] = []
        self._accepts = accepts

    def mallopt(self, parameter: int, value: int) -> int:
        self.told.append((parameter, value))
        return int(self._accepts)


def use(monkeypatch: pytest.MonkeyPatch, library: Any) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    for name in allocator._SETTINGS:
        monkeypatch.delenv(name, raising=False)


def test_every_setting_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    use(monkeypatch, library)

    assert keep_freed_memory() == list(allocator._SETTINGS)
    assert library.told == list(allocator._SETTINGS.values())


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    use(monkeypatch, library)
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")

    assert "MALLOC_TRIM_THRESHOLD_" not in keep_freed_memory()
    assert allocator._SETTINGS["MALLOC_TRIM_THRESHOLD_"] not in library.told


def test_what_the_library_refuses_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Library(accepts=False))

    assert keep_freed_memory() == []


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, object())

    assert keep_freed_memory() == []


def test_free_memory_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed: list[int] = []

    class Trims:
        def malloc_trim(self, pad: int) -> int:
            trimmed.append(pad)
            return 1

    use(monkeypatch, Trims())
    give_back_memory()
    assert trimmed == [0]


def test_without_glibc_nothing_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, object())
    give_back_memory()
