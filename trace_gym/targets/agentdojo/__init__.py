"""AgentDojo as a target: workspace, travel, banking and slack; an injection may stand in what the tools return."""

IDS: dict[str, tuple[str, dict[str, object]]] = {
    f"trace/AgentDojo{suite.capitalize()}-v0": ("trace_gym.targets.agentdojo.env:AgentDojoEnv", {"suite": suite})
    for suite in ("workspace", "travel", "banking", "slack")
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"agentdojo/": "trace_gym.targets.agentdojo.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
