"""The name under which verifiers finds the bridge: `vf-eval trace-verifiers`. Ids have no dots there."""

from trace_gym.integrations.verifiers import ToolEnvEnv, ToolEnvTaskset

__all__ = ["ToolEnvEnv", "ToolEnvTaskset"]
