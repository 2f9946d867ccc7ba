"""When a capability counts as lacking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.capabilities.contrast import Contrast
from trace_gym.capabilities.selection import Thresholds, selected

counts = st.integers(0, 30)
contrasts = st.builds(
    lambda lf, pf, lp, pp, na: Contrast(lf, pf, lp, pp, failures=lf + pf + na), counts, counts, counts, counts, counts
)


@given(contrasts)
def test_stricter_thresholds_never_pass_more(run: Contrast) -> None:
    if Thresholds(coverage=0.3, delta=0.4).passes(run):
        assert Thresholds(coverage=0.3, delta=0.2).passes(run)
        assert Thresholds(coverage=0.1, delta=0.4).passes(run)


@given(contrasts)
def test_no_contrast_never_passes_even_the_lowest_thresholds(run: Contrast) -> None:
    assert Thresholds(coverage=0.0, delta=-1.0).passes(run) is (run.delta is not None)


@given(st.integers(1, 12), st.integers(1, 200))
def test_the_runs_needed_grow_with_the_runs_made_and_never_exceed_them(needed: int, runs: int) -> None:
    thresholds = Thresholds(runs=12, needed=needed)

    assert 1 <= thresholds.needed_of(runs) <= runs
    assert thresholds.needed_of(runs) <= thresholds.needed_of(runs + 1)
    assert thresholds.needed_of(12) == needed


@pytest.mark.parametrize(("needed", "runs", "made", "expected"), [(7, 25, 100, 28), (8, 10, 15, 12), (8, 10, 16, 13)])
def test_rounding_asks_for_no_run_too_many(needed: int, runs: int, made: int, expected: int) -> None:
    assert Thresholds(runs=runs, needed=needed).needed_of(made) == expected


def test_selected_rows_keep_their_order() -> None:
    rows = [{"name": name, "selected": name in "bd"} for name in "dabc"]

    assert [row["name"] for row in selected({"capabilities": rows})] == ["d", "b"]
