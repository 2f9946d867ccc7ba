"""Targets: environments an agent must do better in, one package each."""

from trace_gym.targets import agentdojo, bfcl, tau2, toolsandbox

IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/ServiceDesk-v0": ("trace_gym.targets.service_desk.env:ServiceDesk", {}),
    **tau2.IDS,
    **agentdojo.IDS,
    **bfcl.IDS,
    **toolsandbox.IDS,
}
"""Entry point and keyword arguments by environment id; making one whose benchmark is missing says what to install."""

REGRADERS = {
    "tau1/": "trace_gym.targets.tau2.regrade",
    "tau2/": "trace_gym.targets.tau2.regrade",
    "agentdojo/": "trace_gym.targets.agentdojo.regrade",
    "bfcl/multi_turn_": "trace_gym.targets.bfcl.regrade",
}
"""Module whose `regrade(trajectory)` grades a benchmark's own logs, by how their `env_id` starts."""
