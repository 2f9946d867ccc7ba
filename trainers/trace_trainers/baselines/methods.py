"""The methods that `trace-gym compare` knows; adding one is adding a file and a line here."""

from __future__ import annotations

from trace_trainers.baselines import (
    base,
    best_single,
    cat,
    dare,
    gepa,
    linear,
    mixture,
    prompt_text,
    routed,
    sft,
    target_grpo,
    ties,
)
from trace_trainers.baselines.method import Method

METHODS: dict[str, Method] = {
    module.METHOD.name: module.METHOD
    for module in (
        base,
        prompt_text,
        gepa,
        sft,
        target_grpo,
        mixture,
        routed,
        best_single,
        cat,
        linear,
        ties,
        dare,
    )
}
"""The methods by name, in the order of tables."""
