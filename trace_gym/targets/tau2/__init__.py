"""tau2-bench as a target: airline, retail and telecom, from registry packages or an upstream install."""

_KWARGS: dict[str, dict[str, object]] = {
    "Airline": {"domain": "airline"},
    "Retail": {"domain": "retail"},
    "Telecom": {"domain": "telecom"},
    "TelecomSolo": {"domain": "telecom", "solo": True},
}
IDS: dict[str, tuple[str, dict[str, object]]] = {
    f"trace/Tau2{name}-v0": ("trace_gym.targets.tau2.env:Tau2Env", kwargs) for name, kwargs in _KWARGS.items()
}
"""Entry point and keyword arguments by environment id."""
REGRADERS = {"tau1/": "trace_gym.targets.tau2.regrade", "tau2/": "trace_gym.targets.tau2.regrade"}
"""Module that grades the benchmark's own logs, by how their `env_id` starts."""
