"""What our GRPO trainer changes about TRL's batches, tested without a training."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer, _select, _zero_loss, by_length
from trl import GRPOTrainer

WIDTH = 6
ROLLOUTS = st.lists(
    st.tuples(st.integers(1, WIDTH), st.sampled_from([-1.0, 0.0, 0.5])), min_size=4, max_size=12
).filter(lambda rollouts: len(rollouts) % 2 == 0)


def batch_of(rollouts: list[tuple[int, float]]) -> dict[str, Any]:
    """A batch of rollouts given by (length of the completion, advantage); `number` tells them apart."""
    lengths = torch.tensor([length for length, _ in rollouts])
    return {
        "number": torch.arange(len(rollouts)),
        "prompt_mask": torch.ones(len(rollouts), 2, dtype=torch.long),
        "completion_mask": (torch.arange(WIDTH) < lengths[:, None]).long(),
        "advantages": torch.tensor([advantage for _, advantage in rollouts]),
        "num_items_in_batch": torch.tensor(9),
        "images": None,
    }


def halves(batch: dict[str, Any]) -> list[dict[str, Any]]:
    size = len(batch["number"]) // 2
    return [_select(batch, torch.arange(start, start + size)) for start in (0, size)]


@given(ROLLOUTS)
def test_micro_batches_hold_the_same_rollouts_in_the_order_of_their_length(rollouts: list[tuple[int, float]]) -> None:
    dealt = by_length(halves(batch_of(rollouts)))

    numbers = torch.cat([batch["number"] for batch in dealt]).tolist()
    assert sorted(numbers) == list(range(len(rollouts)))
    assert [len(batch["number"]) for batch in dealt] == [len(rollouts) // 2] * 2
    costs = [rollouts[number][0] * (rollouts[number][1] != 0) for number in numbers]
    assert costs == sorted(costs)
    for batch in dealt:
        for number, advantage in zip(batch["number"].tolist(), batch["advantages"].tolist(), strict=True):
            assert advantage == rollouts[number][1], "fields of a rollout stay together"


def test_fields_of_the_whole_step_are_not_dealt_out() -> None:
    for batch in by_length(halves(batch_of([(1, 1.0)] * 4))):
        assert batch["num_items_in_batch"] == 9
        assert batch["images"] is None


class Recorded:
    """Stands for a trainer: TRL's own loss is recorded instead of computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, beta: float = 0.0, loss_type: str = "dapo") -> None:
        self.inputs: list[dict[str, Any]] = []
        self.scored: list[Any] = []
        self.trainer = object.__new__(SharedPrefixGRPOTrainer)
        self.trainer.beta = beta
        self.trainer.loss_type = loss_type
        monkeypatch.setattr(GRPOTrainer, "_compute_loss", self._compute_loss)

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        self.inputs.append(inputs)
        self.scored.append(self.trainer._scored)
        return torch.tensor(1.0)


def test_rollouts_without_advantage_are_left_out_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch)
    recorded.trainer._compute_loss(torch.nn.Linear(1, 1), batch_of([(1, 1.0), (2, 0.0), (3, -1.0)]))

    assert recorded.inputs[0]["number"].tolist() == [0, 2]
    assert recorded.scored[0].sum(1).tolist() == [1, 3]
    assert recorded.trainer._scored is None


def test_with_a_kl_penalty_every_rollout_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch, beta=0.1)
    recorded.trainer._compute_loss(torch.nn.Linear(1, 1), batch_of([(1, 1.0), (2, 0.0)]))

    assert recorded.inputs[0]["number"].tolist() == [0, 1]


def test_only_sampled_tokens_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch)
    batch = batch_of([(4, 1.0)])
    batch["tool_mask"] = torch.tensor([[1, 0, 0, 1, 1, 1]])
    recorded.trainer._compute_loss(torch.nn.Linear(1, 1), batch)

    assert recorded.scored[0].tolist() == [[1, 0, 0, 1, 0, 0]]


def test_a_batch_without_any_advantage_costs_no_pass_and_leaves_zero_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded = Recorded(monkeypatch)
    model = torch.nn.Linear(2, 2)
    model.bias.requires_grad_(False)
    loss = recorded.trainer._compute_loss(model, batch_of([(1, 0.0), (2, 0.0)]))
    loss.backward()

    assert recorded.inputs == []
    assert loss.item() == 0.0
    assert torch.equal(model.weight.grad, torch.zeros(2, 2))
    assert model.bias.grad is None


def test_a_loss_of_zero_stays_zero_for_any_finite_weight() -> None:
    model = torch.nn.Linear(3, 1)
    model.weight.data.fill_(1e30)

    assert _zero_loss(model).item() == 0.0


def test_an_error_in_the_loss_leaves_no_mask_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded(monkeypatch)

    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(GRPOTrainer, "_compute_loss", fail)
    with pytest.raises(MemoryError):
        recorded.trainer._compute_loss(torch.nn.Linear(1, 1), batch_of([(1, 1.0)]))
    assert recorded.trainer._scored is None
