"""The rollout engine: chat rendering and batched multi-turn sampling with one KV cache."""
