"""Settings of a policy that samples."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.rollouts.sampling_params import SamplingParams


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": -0.1}, "temperature must be a finite number >= 0, got -0.1."),
        ({"temperature": float("nan")}, "temperature must be a finite number >= 0, got nan."),
        ({"temperature": float("inf")}, "temperature must be a finite number >= 0, got inf."),
        ({"max_new_tokens": 0}, "max_new_tokens must be >= 1, got 0."),
        ({"max_context": -5}, "max_context must be >= 1, got -5."),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SamplingParams(**settings)


def test_greedy_sampling_is_in_range() -> None:
    assert SamplingParams(temperature=0).temperature == 0


def test_what_makes_no_difference_to_the_words_is_not_recorded() -> None:
    assert SamplingParams(fast=True, backend="other").recorded() == SamplingParams().recorded()
