"""A training step of ours against TRL's own loop: `python -m benchmarks.train_step [--model M] [--rollouts N]`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.timing import ratio, table
from benchmarks.train_step_worker import SIDES, Settings


@dataclass
class Side:
    """A process that makes a training step when told to."""

    name: str
    process: subprocess.Popen[str]
    steps: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def start(cls, name: str, settings: Settings) -> Side:
        """Starts the process; it loads its model and waits."""
        command = [sys.executable, "-m", "benchmarks.train_step_worker", name, json.dumps(asdict(settings))]
        return cls(name, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def step(self) -> None:
        """Makes a step, and keeps what the process says about it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended with {self.process.wait()}; see its error above.")
        self.steps.append(json.loads(answer))

    def row(self, rollouts: int) -> list[str]:
        """The medians over the steps that count."""
        seconds = statistics.median(self.column("seconds"))
        row = [self.name, f"{rollouts / seconds:.2f}", f"{seconds:.2f}", f"{statistics.median(self.column('cpu')):.2f}"]
        split = 0.0
        for phase in self.steps[0]["phases"]:
            median = statistics.median(step["phases"][phase] for step in self.steps[1:])
            split += median
            row.append(f"{median:.2f}")
        row.append(f"{seconds - split:.2f}")
        row.append(f"{statistics.mean(self.column('tokens')) / rollouts:.0f}")
        row.append(f"{self.steps[-1]['peak'] / 2**30:.2f}")
        return row

    def column(self, key: str) -> list[float]:
        """One value of each step that counts; the first, which warms up, does not."""
        return [step[key] for step in self.steps[1:]]


def main() -> None:
    """Prints a table of both sides, and the ratio of their seconds."""
    args = _arguments()
    settings = Settings(
        model=args.model,
        env=args.env,
        rollouts=args.rollouts,
        group_size=args.group_size,
        micro_batch=min(args.micro_batch, args.rollouts),
        max_new_tokens=args.max_new_tokens,
        max_context=args.max_context,
        max_completion=args.max_completion,
        all_count=args.all_count,
        steps=args.steps + 1,
    )

    sides = [Side.start(name, settings) for name in args.sides]
    for _ in range(settings.steps):
        for side in sides:
            side.step()
    for side in sides:
        side.process.wait()

    phases = list(sides[0].steps[0]["phases"])
    head = ["loop", "rollouts/s", "step, s", "CPU, s", *phases, "rest", "ids sampled a rollout", "peak, GiB"]
    counting = ""
    if args.all_count:
        counting = ", all of them with a gradient"
    print(f"{args.model}, {args.env}: medians of {args.steps} steps of {args.rollouts} rollouts{counting}, in turns.\n")
    print(table(head, [side.row(args.rollouts) for side in sides]))
    if len(sides) == 2:
        first, second = sides
        seconds = ratio(second.column("seconds"), first.column("seconds"))
        cpu_seconds = ratio(second.column("cpu"), first.column("cpu"))
        print(f"\n{second.name} / {first.name}: {seconds} in seconds, {cpu_seconds} in CPU seconds")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_step", description=__doc__)
    parser.add_argument("--model", default="tiny", help="as for `trace-gym train` (default: %(default)s)")
    parser.add_argument("--env", default="trace/ServiceDesk-v0", help="environment id (default: %(default)s)")
    parser.add_argument("--rollouts", type=int, default=64, help="rollouts of a step (default: %(default)s)")
    parser.add_argument("--group-size", type=int, default=8, help="rollouts of a task (default: %(default)s)")
    parser.add_argument("--micro-batch", type=int, default=16, help="rollouts of a forward pass (default: %(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=128, help="longest turn, ours (default: %(default)s)")
    parser.add_argument(
        "--max-context", type=int, default=4096, help="longest conversation, ours (default: %(default)s)"
    )
    parser.add_argument(
        "--max-completion",
        type=int,
        default=512,
        help="longest conversation after the prompt, TRL's (default: %(default)s)",
    )
    parser.add_argument(
        "--all-count",
        action="store_true",
        help="let rewards differ, so that every rollout has a gradient",
    )
    parser.add_argument("--steps", type=int, default=5, help="steps that count, after a first (default: %(default)s)")
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=list(SIDES), help="(default: both)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
