"""The rollout engine: chat rendering, token sequences, and the backends that sample them."""
