"""Targets: environments an agent must do better in; adding one is adding a package and a name here."""

from trace_gym.targets import agentdojo, bfcl, service_desk, tau2, toolsandbox

_TARGETS = (service_desk, tau2, agentdojo, bfcl, toolsandbox)

IDS: dict[str, tuple[str, dict[str, object]]] = {}
"""Entry point and keyword arguments by environment id; making one whose benchmark is missing says what to install."""

REGRADERS: dict[str, str] = {}
"""Module whose `regrade(trajectory)` grades a benchmark's own logs, by how their `env_id` starts."""

EXECUTIONS: dict[str, str] = {}
"""Module whose `execution(trajectory)` says how a benchmark's own logs are executed, by how their `env_id` starts."""

FIXED_TURNS: list[str] = []
"""Ids of environments in which each message of the assistant's brings the user's next turn, which is fixed."""

for _target in _TARGETS:
    IDS.update(_target.IDS)
    REGRADERS.update(getattr(_target, "REGRADERS", {}))
    EXECUTIONS.update(getattr(_target, "EXECUTIONS", {}))
    FIXED_TURNS += getattr(_target, "FIXED_TURNS", ())
