"""A labeller that asks a language model about every attempt, several times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.dictionary import Dictionary
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labellers.llm.evidence import Tally, checked
from trace_gym.capabilities.labellers.llm.form import answer_schema
from trace_gym.capabilities.labels import Capability, Evidence, Judgement, Label
from trace_gym.capabilities.prompts import chat
from trace_gym.capabilities.transcript.blocks import Quote, call_line
from trace_gym.capabilities.transcript.transcript import Transcript
from trace_gym.env.types import ToolCall
from trace_gym.llm.asking import Asker
from trace_gym.llm.question import Answer, Question
from trace_gym.trajectories.record import Trajectory

Run = dict[AttemptKey, Judgement]
"""What one pass says of one capability, by attempt."""


class LlmLabeller:
    """Labels the capabilities of a dictionary by a language model that does not know how the episodes ended.

    It is shown the messages of one attempt at a time, and asked about all capabilities together. Each pass is a request
    of its own with the pass's number as seed. An attempt whose episode broke down is NA, and so is one whose answer
    cannot be used; `tally` counts both.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from trace_gym.capabilities.dictionary import DictionaryEntry
        >>> from trace_gym.llm.cache import AnswerCache
        >>> from trace_gym.llm.client import ChatClient
        >>> asker = Asker(ChatClient("m", "http://127.0.0.1:8000/v1"), AnswerCache(Path("llm-answers")))
        >>> labeller = LlmLabeller(asker, Dictionary((DictionaryEntry("tact", "Stay polite."),)), passes=3)
        >>> tables = labeller.label(Corpus.from_trajectories([]))
        >>> [(table.capability.name, len(table.runs)) for table in tables]
        [('tact', 3)]
    """

    NAME = "llm"

    def __init__(
        self,
        asker: Asker,
        dictionary: Dictionary,
        *,
        passes: int = 5,
        temperature: float = 1.0,
        max_chars: int = 60_000,
        shows_reference: bool = False,
        progress: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Asks nothing yet.

        Args:
            asker: The model, its endpoint and the cache.
            dictionary: The capabilities to look for.
            passes: Independent passes, >= 1.
            temperature: Sampling temperature; at 0 the passes are hardly independent.
            max_chars: Longest transcript; longer ones are shortened.
            shows_reference: Whether the model sees the calls of the task's own solution too. With it a model can guess
                how the episode was graded, and labels come nearer to restating the reward.
            progress: Is told how many more answers are there.
        """
        self.tally = Tally()
        """What of the answers could not be used."""
        self._asker = asker
        self._dictionary = dictionary
        self._schema = answer_schema(dictionary)
        self._passes = passes
        self._temperature = temperature
        self._max_chars = max_chars
        self._shows_reference = shows_reference
        self._progress = progress

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Asks about every attempt in every pass.

        Args:
            corpus: The attempts.

        Returns:
            One table for each capability of the dictionary, with one run for each pass.

        Raises:
            UserError: If the endpoint does not answer. Answers that came are kept in the cache.
        """
        self.tally = Tally()
        read: dict[AttemptKey, Transcript] = {}
        questions = []
        for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
            # a failure of the environment or of an endpoint says nothing about the agent
            if trajectory.error:
                self.tally.broken += 1
                self._progress(self._passes)
                continue
            read[key] = Transcript.of(trajectory.messages, self._max_chars)
            questions += self._questions(trajectory, read[key])

        self.tally.attempts = len(read)
        self.tally.shortened = [transcript.is_shortened for transcript in read.values()].count(True)
        answers = iter(self._asker.ask(questions, self._progress))

        by_pass: list[dict[str, Run]] = [{entry.name: {} for entry in self._dictionary.entries} for _ in self._numbers]
        for key, transcript in read.items():
            for runs in by_pass:
                for name, judgement in self._judgements(next(answers), transcript).items():
                    runs[name][key] = judgement

        tables = []
        for entry in self._dictionary.entries:
            tables.append(_table(entry.capability, [runs[entry.name] for runs in by_pass], corpus.keys))
        return tables

    @property
    def _numbers(self) -> range:
        return range(1, self._passes + 1)

    def _questions(self, trajectory: Trajectory, transcript: Transcript) -> list[Question]:
        """Returns the question of each pass; they differ in the seed alone."""
        reference = None
        if self._shows_reference and trajectory.gold is not None:
            reference = _quoted(trajectory.gold)

        entries = self._dictionary.entries
        messages = chat("label", entries=entries, transcript=transcript.text, reference=reference)
        questions = []
        for number in self._numbers:
            body = {"messages": messages, "temperature": self._temperature, "seed": number}
            questions.append(Question(body, self._schema, "labels"))
        return questions

    def _judgements(self, answer: Answer, transcript: Transcript) -> dict[str, Judgement]:
        """Returns what an answer says of each capability, as far as it can be checked."""
        self.tally.answers += 1
        if not answer.is_usable:
            self.tally.refused += answer.is_refused
            self.tally.invalid += not answer.is_refused
            return {entry.name: Judgement(Label.NA) for entry in self._dictionary.entries}

        judgements = {}
        for entry in self._dictionary.entries:
            judgements[entry.name] = checked(answer.value[entry.name], transcript.numbers, self.tally)
        return judgements


def _table(capability: Capability, runs: Sequence[Run], keys: Sequence[AttemptKey]) -> LabelTable:
    """Puts the passes together, with the evidence of the first pass that agrees with the majority."""
    labels = []
    for run in runs:
        labels.append({key: run[key].label if key in run else Label.NA for key in keys})

    consensus = LabelTable(capability, LlmLabeller.NAME, tuple(labels)).consensus()
    evidence = {}
    for key in keys:
        found = _evidence(runs, key, consensus)
        if found is not None:
            evidence[key] = found
    return LabelTable(capability, LlmLabeller.NAME, tuple(labels), evidence)


def _evidence(runs: Sequence[Run], key: AttemptKey, consensus: Mapping[AttemptKey, Label]) -> Evidence | None:
    for run in runs:
        judgement = run.get(key)
        if judgement is not None and judgement.label is consensus[key] and judgement.evidence is not None:
            return judgement.evidence
    return None


def _quoted(calls: Sequence[ToolCall]) -> str:
    """Returns calls of a solution, quoted as those of a transcript are."""
    lines = []
    for call in calls:
        lines += Quote(call_line(call), "> ").lines()
    return "\n".join(lines)
