"""BFCL multi-turn as a target: the 800 entries of the Berkeley Function Calling Leaderboard with several user turns."""

IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/BFCLMultiTurn-v0": ("trace_gym.targets.bfcl.env:BFCLMultiTurnEnv", {}),
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"bfcl/multi_turn_": "trace_gym.targets.bfcl.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
