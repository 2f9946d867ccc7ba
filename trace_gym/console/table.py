"""Plain text tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, left: Collection[int] = (0,)) -> str:
    """Lays out rows in columns.

    Args:
        header: The columns' names.
        rows: The cells.
        left: Numbers of the columns set left; the others are set right.

    Example:
        >>> print(table(["agent", "n"], [["base", 256], ["routed", 8]]))
        agent     n
        ------  ---
        base    256
        routed    8
    """
    columns: list[list[str]] = []
    for number, name in enumerate(header):
        cells = [str(name), *(str(row[number]) for row in rows)]
        columns.append(_padded(cells, is_left=number in left))

    # no spaces at the ends of lines: tables are pasted into documents
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    return "\n".join(lines)


def _padded(cells: Sequence[str], *, is_left: bool) -> list[str]:
    """Brings the cells of a column to one width, and puts a rule under the first."""
    width = max(map(len, cells))
    rule = "-" * width
    if is_left:
        return [cells[0].ljust(width), rule, *(cell.ljust(width) for cell in cells[1:])]
    return [cells[0].rjust(width), rule, *(cell.rjust(width) for cell in cells[1:])]
