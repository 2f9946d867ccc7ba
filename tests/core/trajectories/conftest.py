"""Fixtures of the readers' tests."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest

from trace_gym.trajectories.readers.inspect_zip import _ZSTD


@pytest.fixture
def zipfile_without_zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's `zipfile` as it is before 3.14; importing Inspect teaches it zstd for the whole process."""
    known: Any = zipfile._get_decompressor  # type: ignore[attr-defined]

    def decompressor(method: int) -> Any:
        if method == _ZSTD:
            raise NotImplementedError
        return known(method)

    monkeypatch.setattr(zipfile, "_get_decompressor", decompressor)
