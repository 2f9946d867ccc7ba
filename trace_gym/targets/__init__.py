"""Targets: environments an agent must do better in; adding one is adding a package and a name here."""

from trace_gym.targets import agentdojo, bfcl, service_desk, tau2, toolsandbox

_TARGETS = (service_desk, tau2, agentdojo, bfcl, toolsandbox)

IDS: dict[str, tuple[str, dict[str, object]]] = {
    env_id: entry for target in _TARGETS for env_id, entry in target.IDS.items()
}
"""Entry point and keyword arguments by environment id; making one whose benchmark is missing says what to install."""

REGRADERS: dict[str, str] = {
    prefix: module for target in _TARGETS for prefix, module in getattr(target, "REGRADERS", {}).items()
}
"""Module whose `regrade(trajectory)` grades a benchmark's own logs, by how their `env_id` starts."""
