"""Conformance: is an environment a real Gymnasium environment, fair, robust, and worth training on?"""

from trace_gym.checks.conformance import CHECKS, Report, check
from trace_gym.checks.finding import Finding

__all__ = ["CHECKS", "Finding", "Report", "check"]
