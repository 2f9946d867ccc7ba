"""How far several labellings of the same attempts agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from trace_gym.capabilities.corpus import AttemptKey
from trace_gym.capabilities.labels import Label


@dataclass(frozen=True)
class Agreement:
    """The agreement of two or more labellings of one capability.

    Example:
        >>> keys = [AttemptKey("shop", "7"), AttemptKey("shop", "8")]
        >>> first = dict(zip(keys, [Label.LACKING, Label.PRESENT]))
        >>> second = dict(zip(keys, [Label.LACKING, Label.LACKING]))
        >>> found = Agreement.of([first, second])
        >>> found.attempts, found.agreeing, round(found.kappa, 3)
        (2, 1, -0.333)
    """

    attempts: int
    """Attempts that were labelled."""
    kappa: float | None
    """Fleiss' kappa over them, NA being a category; None where it is undefined."""
    unanimous: Mapping[Label, int]
    """Attempts that all labellings give this label."""

    @classmethod
    def of(cls, labellings: Sequence[Mapping[AttemptKey, Label]]) -> Agreement:
        """Compares labellings.

        Args:
            labellings: The labels of each, by attempt; all of the same attempts.
        """
        items = [[own[key] for own in labellings] for key in labellings[0]]
        unanimous = Counter(labels[0] for labels in items if len(set(labels)) == 1)
        return cls(len(items), fleiss_kappa(items), {label: unanimous[label] for label in Label})

    @property
    def agreeing(self) -> int:
        """Attempts that all labellings label alike."""
        return sum(self.unanimous.values())


def fleiss_kappa(items: Sequence[Sequence[Hashable]]) -> float | None:
    """Returns how far raters agree beyond chance: 1 is always, 0 is as often as chance would have it.

    (P - P_e) / (1 - P_e), with P the mean share of agreeing pairs of raters and P_e the sum of the squared shares
    of the categories (Fleiss 1971, Psychological Bulletin 76:378-382).

    Args:
        items: For each item, the category that each rater gave it; equally many raters everywhere.

    Returns:
        At most 1; None with fewer than two raters, without items, and where all ratings are of one category.

    Example:
        >>> fleiss_kappa(["LL", "PP", "LL", "PP"])
        1.0
        >>> fleiss_kappa(["LL", "LL"]) is None
        True
    """
    if not items or len(items[0]) < 2:
        return None

    raters = len(items[0])
    totals: Counter[Hashable] = Counter()
    agreeing_pairs = 0
    for ratings in items:
        counts = Counter(ratings)
        totals += counts
        agreeing_pairs += sum(count * (count - 1) for count in counts.values())

    if len(totals) == 1:
        return None
    observed = agreeing_pairs / (len(items) * raters * (raters - 1))
    chance = sum((count / (len(items) * raters)) ** 2 for count in totals.values())
    return (observed - chance) / (1 - chance)
