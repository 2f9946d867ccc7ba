"""The sampling backends by name; adding one is adding a file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace_gym.errors import UserError
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.backend import Backend
from trace_trainers.engine.hf.backend import HFBackend

BACKENDS: dict[str, Callable[[Any, Any, SamplingParams], Backend]] = {
    "hf": HFBackend,
}
"""Each entry makes a backend from a model, its tokenizer, and the sampling settings."""


def make_backend(model: Any, tokenizer: Any, params: SamplingParams) -> Backend:
    """Makes the backend that the settings name.

    Args:
        model: A causal LM, with or without adapters.
        tokenizer: Its tokenizer.
        params: The sampling settings; `params.backend` names the backend.

    Raises:
        UserError: If there is no backend of that name.
    """
    if params.backend not in BACKENDS:
        raise UserError(f"Unknown sampling backend {params.backend!r}; expected one of {', '.join(BACKENDS)}.")
    return BACKENDS[params.backend](model, tokenizer, params)
