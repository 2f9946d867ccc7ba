"""Arguments of commands that ask a language model, and what they make of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from trace_gym.cli.common import check_least
from trace_gym.errors import UserError
from trace_gym.llm.asking import Asker
from trace_gym.llm.cache import AnswerCache
from trace_gym.llm.client import ChatClient

_RETRIES = 5
"""Further tries of a request, with growing pauses: with several workers, limits of an endpoint are met often."""


def add_endpoint_arguments(parser: argparse.ArgumentParser, *, max_chars: int, temperature: float) -> None:
    """Adds `--endpoint`, `--model`, `--cache`, the sampling, the limits and the prices.

    Args:
        parser: The command's parser.
        max_chars: Longest transcript by default.
        temperature: Sampling temperature by default.
    """
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="an OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1; its key is read from OPENAI_API_KEY",
    )
    parser.add_argument("--model", metavar="NAME", help="the model's name at the endpoint")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("llm-answers"),
        metavar="DIR",
        help="folder of answers; what is in it is not asked again (default: %(default)s)",
    )
    parser.add_argument("--workers", type=int, default=4, help="requests in flight (default: %(default)s)")
    parser.add_argument(
        "--timeout",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="how long one request may take; a local model reads for minutes (default: %(default)s)",
    )
    parser.add_argument(
        "--temperature", type=float, default=temperature, help="sampling temperature (default: %(default)s)"
    )
    parser.add_argument(
        "--max-chars",
        type=int,
        default=max_chars,
        metavar="N",
        help="longest transcript; of a longer one the middle is shortened (default: %(default)s)",
    )
    parser.add_argument(
        "--price-in", type=float, metavar="PRICE", help="price of a million prompt tokens, to tell the cost"
    )
    parser.add_argument(
        "--price-out", type=float, metavar="PRICE", help="price of a million completion tokens, to tell the cost"
    )


def asker_of(args: argparse.Namespace) -> Asker:
    """Returns what asks the model that the arguments name.

    Args:
        args: The parsed arguments.

    Raises:
        UserError: If the endpoint or the model is not named, or a number is out of range.
    """
    if args.endpoint is None or args.model is None:
        raise UserError("A language model needs --endpoint URL and --model NAME.")
    check_least(args, workers=1, timeout=1, temperature=0, max_chars=2000)
    for name in ("price_in", "price_out"):
        if getattr(args, name) is not None:
            check_least(args, **{name: 0})

    client = ChatClient(args.model, args.endpoint, timeout=args.timeout, retries=_RETRIES)
    return Asker(client, AnswerCache(args.cache), workers=args.workers)


def account_of(asker: Asker, args: argparse.Namespace) -> str:
    """Returns what the model was asked and what that took, as one line.

    Args:
        asker: What asked it.
        args: The parsed arguments, with the prices.
    """
    return asker.account.text(args.price_in, args.price_out)
