"""tau2-bench as a target: airline, retail and telecom, from registry packages or an upstream install."""

_ENTRY = "trace_gym.targets.tau2.env:Tau2Env"
IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/Tau2Airline-v0": (_ENTRY, {"domain": "airline"}),
    "trace/Tau2Retail-v0": (_ENTRY, {"domain": "retail"}),
    "trace/Tau2Telecom-v0": (_ENTRY, {"domain": "telecom"}),
    "trace/Tau2TelecomSolo-v0": (_ENTRY, {"domain": "telecom", "solo": True}),
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"tau1/": "trace_gym.targets.tau2.regrade", "tau2/": "trace_gym.targets.tau2.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
EXECUTIONS = {"tau1/": "trace_gym.targets.tau2.execution", "tau2/": "trace_gym.targets.tau2.execution"}
"""Module that executes the benchmark's own logs again, by how their `env_id` starts."""
