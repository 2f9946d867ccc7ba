"""How many telecom tasks one script solves that is the same for all of them: `python -m benchmarks.tau2_script`."""

from __future__ import annotations

from benchmarks.tau2_equality import play
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.targets.tau2.env import Tau2Env

_LINE = {"customer_id": "C1001", "line_id": "L1002"}
SCRIPT = (
    "".join(
        render_call(ToolCall(name, arguments))
        for name, arguments in (
            ("enable_roaming", _LINE),
            ("refuel_data", {**_LINE, "gb_amount": 2}),
            ("send_payment_request", {"customer_id": "C1001", "bill_id": "B1234321"}),
        )
    ),
    "Please turn off airplane mode. Please reseat the SIM card. Please reset the APN settings. "
    "Please reboot your phone. Please turn on mobile data. Please turn on data roaming. Please turn off data saver. "
    "Set the network mode to 5G. "
    "Please disconnect the VPN. Please turn off wi-fi calling. Grant the messaging app the storage permission. "
    "Grant the messaging app the sms permission. Please make the payment.",
    render_call(ToolCall("resume_line", _LINE)),
    "Please reboot your phone.",
)
"""Turns that read nothing and know nothing of the task, but its one user."""


def main() -> None:
    """Plays the script on every task and prints one line."""
    env = Tau2Env(domain="telecom", split="all")
    solved = 0.0
    for index in range(env.task_count):
        env.reset(options={"index": index})
        solved += play(env, list(SCRIPT))
    print(f"telecom: the same {len(SCRIPT) + 1} turns on every task solve {solved:g} of {env.task_count}")


if __name__ == "__main__":
    main()
