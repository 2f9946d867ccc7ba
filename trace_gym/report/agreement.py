"""The table that `trace-gym agree` prints."""

from __future__ import annotations

from collections.abc import Mapping

from trace_gym.capabilities.agreement import Agreement
from trace_gym.capabilities.labels import Label
from trace_gym.console.table import table

_HEADER = ("capability", "kappa", "agreeing", "share", "all LACKING", "all PRESENT", "all NA", "differing")


def render_agreements(agreements: Mapping[str, Agreement]) -> str:
    """Lays out agreement, one capability a line; kappa is a dash where it is undefined.

    Args:
        agreements: By capability.

    Example:
        >>> unanimous = {Label.LACKING: 3, Label.PRESENT: 4, Label.NA: 1}
        >>> print(render_agreements({"tact": Agreement(10, 0.7, unanimous)}))
        capability  kappa  agreeing   share  all LACKING  all PRESENT  all NA  differing
        ----------  -----  --------  ------  -----------  -----------  ------  ---------
        tact         0.70   8 of 10  80.0 %            3            4       1          2
    """
    return table(_HEADER, [_row(name, found) for name, found in agreements.items()])


def _row(name: str, found: Agreement) -> tuple[object, ...]:
    kappa = "-"
    if found.kappa is not None:
        kappa = f"{found.kappa:.2f}"
    share = "-"
    if found.attempts:
        share = f"{100 * found.agreeing / found.attempts:.1f} %"
    return (
        name,
        kappa,
        f"{found.agreeing} of {found.attempts}",
        share,
        found.unanimous[Label.LACKING],
        found.unanimous[Label.PRESENT],
        found.unanimous[Label.NA],
        found.attempts - found.agreeing,
    )
