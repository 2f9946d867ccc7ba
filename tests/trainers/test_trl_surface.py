"""What of TRL's private surface we override; a new release that changes it must fail here, and not in a training."""

from __future__ import annotations

import inspect

import pytest
from trace_trainers.grpo.trainer import SharedPrefixGRPOTrainer
from trl import GRPOConfig, GRPOTrainer

OVERRIDDEN = {
    "create_model_card": ["self", "model_name", "dataset_name", "tags"],
    "log": ["self", "logs", "start_time"],
    "training_step": ["self", "model", "inputs", "num_items_in_batch"],
    "_prepare_inputs": ["self", "generation_batch"],
    "_compute_loss": ["self", "model", "inputs"],
    "_get_per_token_logps_and_entropies": ["self", "model", "input_ids", "attention_mask", "logits_to_keep"],
}


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_trl_still_has_the_method_we_override(name: str) -> None:
    parameters = list(inspect.signature(getattr(GRPOTrainer, name)).parameters)

    assert parameters[: len(OVERRIDDEN[name])] == OVERRIDDEN[name]


def test_no_other_method_is_overridden() -> None:
    own = {name for name, value in vars(SharedPrefixGRPOTrainer).items() if inspect.isfunction(value)}

    assert own == set(OVERRIDDEN)


@pytest.mark.parametrize(
    "name", ["_buffered_inputs", "_step", "steps_per_generation", "beta", "temperature", "loss_type"]
)
def test_trl_still_keeps_the_attribute_we_read(name: str) -> None:
    assert name in inspect.getsource(GRPOTrainer)


def test_a_rollout_function_is_still_taken() -> None:
    assert "rollout_func" in inspect.signature(GRPOTrainer.__init__).parameters
    assert "env_mask" in inspect.getsource(GRPOTrainer)


def test_places_can_still_be_kept_in_order() -> None:
    assert "shuffle_dataset" in inspect.signature(GRPOConfig).parameters
