"""Concatenation of the adapters: the merged one adds up what each adds (PEFT, `cat`)."""

from __future__ import annotations

from trace_trainers.baselines.merged import merging

METHOD = merging("cat", "adapters side by side, each at its full rank", "cat", {"weight": 1.0})
