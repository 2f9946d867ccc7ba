"""BFCL multi-turn as a target: the 800 entries of the Berkeley Function Calling Leaderboard with several user turns."""

IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/BFCLMultiTurn-v0": ("trace_gym.targets.bfcl.env:BFCLMultiTurnEnv", {}),
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"bfcl/multi_turn_": "trace_gym.targets.bfcl.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
EXECUTIONS = {"bfcl/multi_turn_": "trace_gym.targets.bfcl.execution"}
"""Module that executes the benchmark's own logs again, by how their `env_id` starts."""
FIXED_TURNS = ("trace/BFCLMultiTurn-v0",)
"""Environments in which each message of the assistant's brings the user's next turn, which is fixed."""
