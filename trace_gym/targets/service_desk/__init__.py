"""The embedded target: the customer-service desk of a home-goods shop."""

IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/ServiceDesk-v0": ("trace_gym.targets.service_desk.env:ServiceDesk", {}),
}
"""Entry point and keyword arguments by environment id."""
