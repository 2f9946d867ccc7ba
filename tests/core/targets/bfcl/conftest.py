"""The benchmark's own code, for comparison; without BFCL these tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.bfcl_official import Benchmark
from trace_gym.targets.bfcl import upstream


@pytest.fixture(autouse=True, scope="session")
def bfcl() -> None:
    for name in ("bfcl_eval", "mpmath"):
        pytest.importorskip(name, reason=f"BFCL is not installed; run: {upstream.INSTALL}")


@pytest.fixture(scope="module")
def benchmark_code() -> Iterator[Benchmark]:
    code = Benchmark()
    yield code
    code.fresh()
