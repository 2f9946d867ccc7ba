"""TRL's GRPOTrainer with cheaper forward passes and the same gradient."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

# otherwise TRL warns that `rollout_func` is experimental
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import GRPOTrainer

from trace_trainers.engine.hf.scoring import score
from trace_trainers.grpo.stopwatch import BACKWARD, SCORE, Stopwatch

Batch = dict[str, Any]

_STEP_SUMS = ("dapo", "cispo", "vespo")
"""Losses that are sums over tokens, divided by a number of the whole step."""
_BATCH_MEANS = ("grpo", "sapo", "dr_grpo", "luspo")
"""Losses that are means over the rollouts of a micro-batch. The other one, bnpo, depends on a micro-batch's tokens."""


class SharedPrefixGRPOTrainer(GRPOTrainer):
    """GRPOTrainer for text rollouts that share a system prompt.

    A rollout whose advantage is 0 has no gradient, so it is left out of the forward pass; the others are sorted into
    micro-batches by length. Neither changes the gradient. (The loss `bnpo` depends on which rollouts are in which
    micro-batch, so TRL's own are kept then.)

    Overrides `log`, `training_step`, `create_model_card`, and three private methods of TRL: `_prepare_inputs`,
    `_compute_loss` and `_get_per_token_logps_and_entropies`; `tests/trainers/test_trl_surface.py` fails when TRL
    changes them.

    Example:
        Constructed and used like TRL's own trainer:

        >>> issubclass(SharedPrefixGRPOTrainer, GRPOTrainer)
        True
    """

    _buffered_inputs: Any
    """TRL's micro-batches of the current step."""
    _scored: torch.Tensor | None = None
    """1 where the loss needs a completion token's log-probability, while the loss is computed."""
    # for trainers that nobody times; the constructor stays TRL's own
    stopwatch = Stopwatch()
    """Gets the seconds of the loss and of its backward pass; set one of your own to read them."""
    own_metrics: Mapping[str, float] = MappingProxyType({})
    """What the rollouts know of the step and TRL does not; logged with TRL's metrics."""

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds our metrics to those of a step, so that they reach every tracker.

        Args:
            logs: Metrics by name; those of a step have a loss.
            start_time: When the training began.
        """
        if "loss" in logs:
            logs = {**logs, **self.own_metrics}
        super().log(logs, start_time)

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Times a micro-batch: rollouts and loss are phases of their own, so the rest is the backward pass.

        Args:
            model: The model that is trained.
            inputs: The rows of the data set.
            num_items_in_batch: As transformers counts them.
        """
        with self.stopwatch.phase(BACKWARD):
            return super().training_step(model, inputs, num_items_in_batch)  # type: ignore[no-untyped-call]

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Writes no model card: checkpoints are no models to publish, and one card takes longer than their weights."""

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Sorts a freshly generated batch into micro-batches by length."""
        # TRL replaces its buffer when it generates, and serves the step's other micro-batches from it
        before = self._buffered_inputs
        with self.stopwatch.phase(SCORE):
            inputs = super()._prepare_inputs(generation_batch)
            is_fresh = self._buffered_inputs is not None and self._buffered_inputs is not before
            if is_fresh and self.loss_type != "bnpo":
                self._buffered_inputs = by_length(self._buffered_inputs)
                arguments: Any = self.args
                inputs = self._buffered_inputs[self._step % arguments.steps_per_generation]
        return inputs

    def _compute_loss(self, model: Any, inputs: Any) -> Any:
        """Leaves out the rollouts that have no gradient."""
        size = len(inputs["advantages"])
        rows = inputs["advantages"].nonzero()[:, 0]
        if self.beta == 0 and len(rows) == 0:
            return _zero_loss(model)
        # with a KL penalty every rollout has a gradient
        if self.beta != 0 or self.loss_type not in _STEP_SUMS + _BATCH_MEANS:
            rows = torch.arange(size)

        inputs = _select(inputs, rows)
        self._scored = inputs["completion_mask"] * inputs.get("tool_mask", 1)
        try:
            with self.stopwatch.phase(SCORE):
                loss = super()._compute_loss(model, inputs)  # type: ignore[no-untyped-call]
        finally:
            self._scored = None
        # a mean over fewer rollouts is larger by as much as they are fewer
        if self.loss_type in _BATCH_MEANS:
            loss = loss * (len(rows) / size)
        return loss

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: Any, attention_mask: Any, logits_to_keep: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Scores with the shared prefix computed once."""
        # outside of the loss TRL wants every token's log-probability
        scored = self._scored
        if scored is None:
            scored = attention_mask[:, -logits_to_keep:]
        unwrapped_model = self.accelerator.unwrap_model(model)
        logprobs, entropies = score(unwrapped_model, input_ids, attention_mask, scored, self.temperature)
        return logprobs, entropies, None


def by_length(batches: list[Batch]) -> list[Batch]:
    """Sorts the rollouts of a step into its micro-batches: those without advantage first, then short to long.

    Rollouts of like length waste little on padding, and a micro-batch without any advantage costs no forward pass.

    Args:
        batches: TRL's micro-batches of one step.

    Returns:
        As many micro-batches of the same size, with the same rollouts.
    """
    whole = {}
    for key in batches[0]:
        whole[key] = _joined([batch[key] for batch in batches])

    lengths = whole["prompt_mask"].sum(1) + whole["completion_mask"].sum(1)
    # stable, so that the order does not depend on the sort's implementation
    order = torch.argsort(lengths * (whole["advantages"] != 0), stable=True)

    size = len(order) // len(batches)
    sorted_batches = []
    for number in range(len(batches)):
        sorted_batches.append(_select(whole, order[number * size : (number + 1) * size]))
    return sorted_batches


def _zero_loss(model: Any) -> Any:
    """Returns a loss of 0 whose gradient is 0, not missing: the backward pass must have something to go through."""
    loss: Any = 0
    for parameter in model.parameters():
        if parameter.requires_grad:
            loss = loss + parameter.sum() * 0.0
    return loss


def _joined(values: list[Any]) -> Any:
    """Joins a field of several micro-batches; a field of the whole step is the same in each of them."""
    if _is_per_rollout(values[0]):
        return torch.cat(values)
    return values[0]


def _select(batch: Batch, rows: torch.Tensor) -> Batch:
    """Returns a batch of some rollouts; fields of the whole step stay as they are."""
    selected = {}
    for key, value in batch.items():
        if _is_per_rollout(value):
            value = value[rows]
        selected[key] = value
    return selected


def _is_per_rollout(value: Any) -> bool:
    # a scalar belongs to the whole step, such as the number of its tokens
    return isinstance(value, torch.Tensor) and value.dim() > 0
