"""Training the tiny agent: the same every time, also after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.tiny_agent import training
from trace_trainers.tiny_agent.tokenizer import IGNORED
from trace_trainers.tiny_agent.training import SFTSettings, build_model, train


def test_an_untrained_model_has_the_size_of_the_bundled_one():
    assert build_model(load_tokenizer("tiny")).num_parameters() == load_model("tiny").num_parameters()


def trained(tokenizer: Any, examples: Any, folder: Path, steps: int) -> tuple[float, dict[str, torch.Tensor]]:
    """Trains a model from the same start; its last loss and its weights."""
    torch.manual_seed(0)
    model = build_model(tokenizer)
    loss = train(model, tokenizer, examples, SFTSettings(steps=steps, batch=4), folder)
    return loss, model.state_dict()


@pytest.mark.slow
def test_training_lowers_the_loss_and_repeats_itself(tokenizer, examples, tmp_path):
    first, second = (trained(tokenizer, examples, tmp_path / name, steps=10)[0] for name in ("first", "second"))

    assert first == second
    assert first < torch.log(torch.tensor(float(len(tokenizer))))


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(tokenizer, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_KEPT_EVERY", 2)
    loss, weights = trained(tokenizer, examples, tmp_path / "whole", steps=6)

    step, taken = training._step, []

    def killed(*arguments: Any) -> float:
        # after the state of step 4 was kept and step 5 taken, which is lost
        if len(taken) == 5:
            raise KeyboardInterrupt
        taken.append(step(*arguments))
        return taken[-1]

    monkeypatch.setattr(training, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tokenizer, examples, tmp_path / "killed", steps=6)

    taken.clear()
    again, resumed = trained(tokenizer, examples, tmp_path / "killed", steps=6)
    assert len(taken) == 2
    assert again == loss
    for name, value in weights.items():
        assert torch.equal(resumed[name], value), name


@pytest.mark.slow
def test_a_finished_training_takes_no_step_again(tokenizer, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_KEPT_EVERY", 2)
    loss, weights = trained(tokenizer, examples, tmp_path, steps=2)
    monkeypatch.setattr(training, "_step", None)

    again, kept = trained(tokenizer, examples, tmp_path, steps=2)
    assert again == loss
    assert all(torch.equal(kept[name], value) for name, value in weights.items())


def test_every_demonstration_is_seen_once_an_epoch(examples):
    batches = training._batches(examples, SFTSettings(batch=5))

    seen: list[int] = []
    for _ in range(2):
        epoch: list[int] = []
        while len(epoch) < len(examples):
            epoch += [id(example) for example in next(batches)]
        assert sorted(epoch) == sorted(id(example) for example in examples)
        seen += epoch
    assert seen[: len(examples)] != seen[len(examples) :]


def test_padding_carries_no_loss(examples):
    token_ids, labels = training._padded(examples[:4], pad=0)

    for row, example in enumerate(examples[:4]):
        length = len(example["input_ids"])
        assert token_ids[row, :length].tolist() == example["input_ids"]
        assert labels[row, :length].tolist() == example["labels"]
        assert set(token_ids[row, length:].tolist()) <= {0}
        assert set(labels[row, length:].tolist()) <= {IGNORED}


def test_the_learning_rate_rises_and_falls():
    settings = SFTSettings(steps=1000, learning_rate=1.0)
    rates = [settings.rate(step) for step in range(1, 1001)]

    assert rates[:100] == sorted(rates[:100])
    assert rates[150:] == sorted(rates[150:], reverse=True)
    assert max(rates) <= 1.0
    assert rates[-1] == pytest.approx(0.02)
