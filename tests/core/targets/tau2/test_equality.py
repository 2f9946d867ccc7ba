"""Our rewards against the benchmark's own evaluators, on gold, corrupted and random sequences."""

from __future__ import annotations

import pytest

from benchmarks import tau2_official as official
from benchmarks.tau2_equality import CASES, KINDS, compare


@pytest.fixture(scope="module", autouse=True)
def data():
    with official.data_under_upstream_names():
        yield


@pytest.mark.parametrize(("domain", "solo"), CASES)
def test_rewards_equal_the_benchmark_s_own(domain: str, solo: bool):
    rows = list(compare(domain, solo, len(KINDS)))
    assert [(kind, task, ours) for kind, task, ours, _ in rows] == [(k, t, theirs) for k, t, _, theirs in rows]
    assert {kind for kind, *_ in rows} == set(KINDS)
    assert {theirs for *_, theirs in rows} == {0.0, 1.0}
