"""The shipped environments: importing this package registers them for `gym.make`.

Those in folders were emitted: the service desk's by `trace-gym run`, made of its log's own tasks, and
`first_desk_error_recovery` by `trace-gym synthesize --synthesizer logs` from the attempts in
`tests/data/first_desk.jsonl.gz`, with plain tasks that a policy learns from nothing. The modules `meetings` and
`server_ops` are written by hand, as examples to copy.
"""

from pathlib import Path

from trace_gym.env.registration import register_env
from trace_gym.synthesis.load import register_folder

EMITTED: list[str] = register_folder(Path(__file__).parent)
"""The ids of the emitted environments."""

register_env("trace/Meetings-v0", "trace_envs.meetings:Meetings")
register_env("trace/ServerOps-v0", "trace_envs.server_ops:ServerOps")

IDS: list[str] = sorted([*EMITTED, "trace/Meetings-v0", "trace/ServerOps-v0"])
"""The ids of all environments of the package, sorted."""
