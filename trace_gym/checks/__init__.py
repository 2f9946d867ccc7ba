"""Conformance: is an environment a real Gymnasium environment, fair, robust, and worth training on?

`check` runs every check of `CHECKS` on a registered environment and returns a `Report` of `Finding`s. A check is a
generator that takes a `Subject` (an environment id, and how many tasks to look at) and yields what it has against it.

| module | checks |
|---|---|
| `solutions` | `solution.gold`, `solution.oracle` |
| `gymnasium_api`, `vectors` | `gymnasium.*` |
| `determinism`, `fresh_process` | `determinism.*` |
| `tasks` | `tasks.json`, `splits.disjoint` |
| `schemas` | `schema.*` |
| `robustness`, `lifecycle` | `robustness.*` |
| `rewards` | `reward.*` |
| `adversary_floor`, with the policies of `adversaries` | `adversary.*` |
| `leaks` | `leak.*` |
| `learnability` | `learnability.*` |
"""

from trace_gym.checks.conformance import CHECKS, Report, check
from trace_gym.checks.finding import Finding

__all__ = ["CHECKS", "Finding", "Report", "check"]
