"""The torch side of TRACE Gym: policies, GRPO training of LoRA adapters, routing, evaluation."""
