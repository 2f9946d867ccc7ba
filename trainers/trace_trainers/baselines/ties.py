"""TIES merging (arXiv 2306.01708), as PEFT does it."""

from __future__ import annotations

from trace_trainers.baselines.merged import merging

METHOD = merging(
    "ties", "TIES: pruned by size, conflicts of sign resolved, then summed", "ties", {"weight": 1.0, "density": 0.5}
)
