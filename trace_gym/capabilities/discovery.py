"""Discovery: a language model proposes, once, the capabilities whose lack tells failures from successes.

TRACE (arXiv 2604.05336) contrasts failed with successful trajectories. Only discovery is told which are which;
labelling, which comes after it, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.dictionary import NAME_PATTERN, Dictionary
from trace_gym.capabilities.prompts import chat
from trace_gym.capabilities.transcript.transcript import Transcript
from trace_gym.errors import UserError
from trace_gym.llm.asking import Asker
from trace_gym.llm.question import Question

MOST = 10
"""Most capabilities that are proposed."""


@dataclass(frozen=True)
class Examples:
    """The episodes that discovery reads: positions in the corpus.

    Example:
        >>> Examples((4, 0), (1,)).failed
        (4, 0)
    """

    failed: tuple[int, ...]
    """Some that failed."""
    passed: tuple[int, ...]
    """Some that passed."""


def draw_examples(corpus: Corpus, failed: int, passed: int, seed: int = 0) -> Examples:
    """Draws episodes to be contrasted: of as many tasks as possible, and passes of the tasks whose failures are drawn.

    Args:
        corpus: The attempts.
        failed: Most failed episodes.
        passed: Most episodes that passed.
        seed: Seeds the drawing.

    Raises:
        UserError: If none failed, or none passed.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", talk, r, r == 1) for r in (0.0, 1.0)])
        >>> draw_examples(corpus, failed=6, passed=6)
        Examples(failed=(0,), passed=(1,))
    """
    drawn = np.random.default_rng(seed).permutation(len(corpus)).tolist()
    # an episode that broke down shows nothing that the agent lacks
    drawn = [position for position in drawn if not corpus.trajectories[position].error]
    failures = [position for position in drawn if not corpus.outcomes[corpus.keys[position]]]
    passes = [position for position in drawn if corpus.outcomes[corpus.keys[position]]]
    if not failures or not passes:
        raise UserError(
            f"Discovery contrasts episodes that failed with episodes that passed, got {len(failures)} and "
            f"{len(passes)}; record more attempts, or write the dictionary by hand (docs/labelling.md)."
        )

    tasks = corpus.task_names
    chosen = _spread(failures, tasks)[:failed]
    their_tasks = {tasks[position] for position in chosen}
    beside_them = [position for position in passes if tasks[position] in their_tasks]
    others = [position for position in passes if tasks[position] not in their_tasks]
    both = _spread(beside_them, tasks) + _spread(others, tasks)
    return Examples(tuple(chosen), tuple(both[:passed]))


def discover(
    corpus: Corpus,
    examples: Examples,
    archetypes: Mapping[str, str],
    asker: Asker,
    *,
    temperature: float = 0.0,
    max_chars: int = 12_000,
) -> Dictionary:
    """Asks a language model, once, which capabilities the agent lacks.

    Args:
        corpus: The attempts.
        examples: Those that the model reads.
        archetypes: What each archetype trains, by name.
        asker: The model, its endpoint and the cache.
        temperature: Sampling temperature.
        max_chars: Longest transcript of an episode; longer ones are shortened.

    Raises:
        UserError: If the endpoint does not answer, or the answer cannot be used.
    """
    messages = chat(
        "discover",
        most=MOST,
        archetypes=archetypes,
        failed=_transcripts(corpus, examples.failed, max_chars),
        passed=_transcripts(corpus, examples.passed, max_chars),
    )
    body = {"messages": messages, "temperature": temperature, "seed": 1}
    answer = asker.ask([Question(body, proposal_schema(archetypes), "capabilities")])[0]
    if not answer.is_usable:
        raise UserError(f"{answer.fault.rstrip('.')}; try another --seed or another model.")
    return Dictionary.from_rows(answer.value["capabilities"], "The model's proposal", archetypes)


def proposal_schema(archetypes: Mapping[str, str]) -> dict[str, Any]:
    """Returns the JSON Schema of a proposal.

    Args:
        archetypes: What each archetype trains, by name.

    Example:
        >>> proposal_schema({"multi_step": ""})["properties"]["capabilities"]["maxItems"]
        10
    """
    fields = {
        "name": {"type": "string", "pattern": NAME_PATTERN},
        "description": {"type": "string"},
        "occasion": {"type": "string"},
        "archetype": {"enum": ["", *archetypes]},
    }
    row = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": MOST}
    return {
        "type": "object",
        "properties": {"capabilities": rows},
        "required": ["capabilities"],
        "additionalProperties": False,
    }


def _transcripts(corpus: Corpus, positions: Sequence[int], max_chars: int) -> list[str]:
    return [Transcript.of(corpus.attempts[position].messages, max_chars).text for position in positions]


def _spread(positions: Sequence[int], tasks: Sequence[str]) -> list[int]:
    """Puts the first episode of every task before the second of any, in the given order otherwise."""
    seen: dict[str, int] = {}
    turns = []
    for place, position in enumerate(positions):
        turn = seen.get(tasks[position], 0)
        seen[tasks[position]] = turn + 1
        turns.append((turn, place, position))
    return [position for _, _, position in sorted(turns)]
