"""Linear merging: the weighted sum of the adapters' factors (PEFT, `linear`)."""

from __future__ import annotations

from trace_trainers.baselines.merged import merging

METHOD = merging("linear", "the weighted sum of the adapters' factors", "linear", {"weight": 1.0})
