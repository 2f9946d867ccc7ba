"""What repairs show, as a table: whose fault failures are, and which capabilities would have made them pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trace_gym.capabilities.repair.attribution import Attribution
from trace_gym.capabilities.repair.search import REPAIRED
from trace_gym.capabilities.repair.triage import AGENT
from trace_gym.console.table import table

_HEADER = ("capability", "failures", "share", "decided first", "would pass if only this were repaired")


def render_attributions(attributions: Sequence[Attribution], episodes: int) -> str:
    """Lays out what the repairs of failed episodes show.

    Args:
        attributions: Of the failed episodes.
        episodes: How many episodes there were, passed ones included.

    Returns:
        Plain text: how many were repaired, whose fault they are, and a line for each capability.
    """
    if not attributions:
        return f"{episodes} episodes, none failed: there is nothing to repair."
    lines = [_repaired(attributions, episodes), _faults(attributions)]
    lines += _reasons(attributions)
    agents = [attribution for attribution in attributions if attribution.fault.side == AGENT]
    if agents:
        lines += ["", table(_HEADER, _rows(agents))]
    return "\n".join(lines)


def _repaired(attributions: Sequence[Attribution], episodes: int) -> str:
    repaired = sum(attribution.verdict.status == REPAIRED for attribution in attributions)
    evaluations = sum(attribution.verdict.evaluations for attribution in attributions)
    per_episode = evaluations / len(attributions)
    return (
        f"{len(attributions)} of {episodes} episodes failed; {repaired} repaired, each verified by the target's own "
        f"evaluator ({per_episode:.1f} evaluations an episode)"
    )


def _faults(attributions: Sequence[Attribution]) -> str:
    sides = Counter(attribution.fault.side for attribution in attributions)
    return "fault: " + ", ".join(f"{side} {count}" for side, count in sides.most_common())


def _reasons(attributions: Sequence[Attribution]) -> list[str]:
    """Why failures are not the agent's, and why some were not repaired."""
    reasons: Counter[str] = Counter()
    for attribution in attributions:
        if attribution.fault.side != AGENT:
            reasons[f"{attribution.fault.side}: {attribution.fault.reason or attribution.verdict.reason}"] += 1
    return [f"  {count} {reason}" for reason, count in reasons.most_common()]


def _rows(agents: Sequence[Attribution]) -> list[tuple[object, ...]]:
    lacking: Counter[str] = Counter()
    first: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for attribution in agents:
        lacking.update(attribution.capabilities)
        first.update(attribution.capabilities[:1])
        if len(attribution.capabilities) == 1:
            alone.update(attribution.capabilities)
    return [
        (name, count, f"{count / len(agents):.0%}", first[name], alone[name]) for name, count in lacking.most_common()
    ]
