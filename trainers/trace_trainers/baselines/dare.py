"""DARE merging (arXiv 2311.03099) with a linear sum, as PEFT does it."""

from __future__ import annotations

from trace_trainers.baselines.merged import merging

METHOD = merging(
    "dare", "DARE: pruned at random, rescaled, then summed", "dare_linear", {"weight": 1.0, "density": 0.5}
)
