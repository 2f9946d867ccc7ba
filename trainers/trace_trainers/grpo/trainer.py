"""TRL's GRPOTrainer with its forward passes made cheaper; the gradient is TRL's."""

from __future__ import annotations

import os
from typing import Any

import torch

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOTrainer

from trace_trainers.engine.hf.scoring import score

Batch = dict[str, Any]


class SharedPrefixGRPOTrainer(GRPOTrainer):
    """GRPOTrainer for text rollouts that share a system prompt.

    A rollout whose advantage is 0 has no gradient, so it is left out of the forward pass; the others are put into
    micro-batches by length. Both leave the loss and its gradient as they are.

    Overrides three private methods of TRL: `_prepare_inputs`, `_compute_loss` and
    `_get_per_token_logps_and_entropies`; `tests/trainers/test_trl_surface.py` fails when TRL changes them.
    """

    _buffered_inputs: Any
    _scored: torch.Tensor | None = None

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Deals a freshly generated batch out to micro-batches by length."""
        before = self._buffered_inputs
        inputs = super()._prepare_inputs(generation_batch)
        is_fresh = self._buffered_inputs is not None and self._buffered_inputs is not before
        if is_fresh:
            self._buffered_inputs = by_length(self._buffered_inputs)
            arguments: Any = self.args
            inputs = self._buffered_inputs[self._step % arguments.steps_per_generation]
        return inputs

    def _compute_loss(self, model: Any, inputs: Any) -> Any:
        """Leaves out the rollouts that have no gradient."""
        kept = torch.arange(len(inputs["advantages"]))
        # with a KL penalty every rollout has a gradient
        if self.beta == 0:
            kept = inputs["advantages"].nonzero()[:, 0]
        if len(kept) == 0:
            return sum(parameter.sum() * 0.0 for parameter in model.parameters() if parameter.requires_grad)

        inputs = _select(inputs, kept)
        self._scored = inputs["completion_mask"] * inputs.get("tool_mask", 1)
        try:
            return super()._compute_loss(model, inputs)  # type: ignore[no-untyped-call]
        finally:
            self._scored = None

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: Any, attention_mask: Any, logits_to_keep: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Scores with the shared prefix computed once."""
        scored = self._scored
        if scored is None:
            scored = attention_mask[:, -logits_to_keep:]
        plain_model = self.accelerator.unwrap_model(model)
        logprobs, entropies = score(plain_model, input_ids, attention_mask, scored, self.temperature)
        return logprobs, entropies, None


def by_length(batches: list[Batch]) -> list[Batch]:
    """Deals the rollouts of a step out to its micro-batches anew: without advantage first, then short to long.

    Args:
        batches: TRL's micro-batches of one step.

    Returns:
        As many micro-batches of the same size, with the same rollouts.
    """
    whole = {key: _joined([batch[key] for batch in batches]) for key in batches[0]}
    lengths = whole["prompt_mask"].sum(1) + whole["completion_mask"].sum(1)
    order = torch.argsort(lengths * (whole["advantages"] != 0), stable=True)

    size = len(order) // len(batches)
    return [_select(whole, order[start : start + size]) for start in range(0, size * len(batches), size)]


def _joined(values: list[Any]) -> Any:
    """Puts a field of several micro-batches together; what belongs to the whole step stays as it is."""
    return torch.cat(values) if _is_per_rollout(values[0]) else values[0]


def _select(batch: Batch, rows: torch.Tensor) -> Batch:
    selected = {}
    for key, value in batch.items():
        selected[key] = value[rows] if _is_per_rollout(value) else value
    return selected


def _is_per_rollout(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dim() > 0
