"""AgentDojo as a target: workspace, travel, banking and slack; tool results may contain an injection."""

_ENTRY = "trace_gym.targets.agentdojo.env:AgentDojoEnv"
IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/AgentDojoWorkspace-v0": (_ENTRY, {"suite": "workspace"}),
    "trace/AgentDojoTravel-v0": (_ENTRY, {"suite": "travel"}),
    "trace/AgentDojoBanking-v0": (_ENTRY, {"suite": "banking"}),
    "trace/AgentDojoSlack-v0": (_ENTRY, {"suite": "slack"}),
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"agentdojo/": "trace_gym.targets.agentdojo.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
EXECUTIONS = {"agentdojo/": "trace_gym.targets.agentdojo.execution"}
"""Module that executes the benchmark's own logs again, by how their `env_id` starts."""
