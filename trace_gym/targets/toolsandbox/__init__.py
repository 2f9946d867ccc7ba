"""ToolSandbox as a target, for users who install Apple's package themselves."""

IDS: dict[str, tuple[str, dict[str, object]]] = {
    "trace/ToolSandbox-v0": ("trace_gym.targets.toolsandbox.env:ToolSandboxEnv", {}),
}
"""Entry point and keyword arguments by environment id."""
