"""BFCL's score files: a header line, then one line for each task that was not solved."""

from __future__ import annotations

from pathlib import Path

from trace_gym.trajectories.readers.parts import json_lines
from trace_gym.trajectories.readers.reader import Source
from trace_gym.trajectories.streams import lines


def read_failed(source: Source) -> frozenset[str]:
    """Returns the ids of the tasks that were not solved, from the score file that belongs to a result file.

    Args:
        source: The result file and its options.

    Raises:
        UserError: If there is no score file, or it belongs to other results.
    """
    path = _find(source)
    failed = set()
    total = 0
    needed = {"total_count"}
    for number, (where, row) in enumerate(json_lines(Source(path, path))):
        # one lost line would turn a failure into a success
        if isinstance(row, Exception):
            raise row
        if not isinstance(row, dict) or not needed <= row.keys():
            raise source.bad("", f"{path}: {where}: not a line of a BFCL score file")

        if number == 0:
            total = row["total_count"]
            needed = {"id", "valid"}
        elif not row["valid"]:
            failed.add(str(row["id"]))

    # tasks missing from the score file count as solved, so it must be of all results
    results = sum(1 for _ in lines(source.data))
    if total != results:
        raise source.bad(
            "", f"holds {results} results, but {path} scores {total}; run `bfcl evaluate` on these results"
        )

    return frozenset(failed)


def _find(source: Source) -> Path:
    """The score file named by the user, else beside the results, else at the same place in BFCL's `score` folder."""
    results = source.path
    name = results.name.removesuffix(".gz").replace("_result", "_score")
    given = source.options.scores
    if given is not None:
        if given.is_dir():
            return _find_in(given, name, source)
        return given

    parts = results.resolve().parts
    candidates = [results.with_name(name)]
    if "result" in parts:
        last = len(parts) - 1 - parts[::-1].index("result")
        candidates.append(Path(*parts[:last], "score", *parts[last + 1 : -1], name))

    for candidate in candidates:
        # a file not named as BFCL names its results would be its own score file
        if candidate != results and candidate.is_file():
            return candidate

    raise source.bad(
        "",
        f"BFCL results hold no rewards and there is no score file {' or '.join(map(str, candidates))}; run "
        "`bfcl evaluate` or name it by --scores",
    )


def _find_in(folder: Path, name: str, source: Source) -> Path:
    candidates = sorted(folder.rglob(name))

    # every model's folder holds files of the same names
    model_folder = source.path.resolve().parts[-3:-1]
    same_model = [path for path in candidates if path.parts[-3:-1] == model_folder]
    if same_model:
        candidates = same_model

    if len(candidates) != 1:
        raise source.bad("", f"--scores {folder} holds {len(candidates)} files {name}, expected one; name the file")
    return candidates[0]
