"""GRPO in TRL's own loop, on the bundled tiny agent: python docs/examples/trl_grpo.py ENV_ID STEPS."""

import sys

from datasets import Dataset
from peft import LoraConfig
from trace_trainers.policies.loading import load_model, load_tokenizer
from trl import GRPOConfig, GRPOTrainer

from trace_gym.integrations import trl as bridge

env_id, steps = sys.argv[1], int(sys.argv[2])
sizes = {"per_device_train_batch_size": 32, "num_generations": 8, "max_completion_length": 192}
cpu = {"bf16": False, "report_to": "none", "save_strategy": "no"}
trainer = GRPOTrainer(
    model=load_model("tiny"),
    processing_class=load_tokenizer("tiny"),
    environment_factory=bridge.environment(env_id),
    train_dataset=Dataset.from_list(bridge.rows(env_id, 4 * steps)),
    reward_funcs=bridge.reward,
    peft_config=LoraConfig(r=16, target_modules="all-linear"),
    args=GRPOConfig(max_steps=steps, learning_rate=3e-3, logging_steps=1, **sizes, **cpu),
)
trainer.train()
print("reward by step:", [round(row["reward"], 2) for row in trainer.state.log_history if "reward" in row])
