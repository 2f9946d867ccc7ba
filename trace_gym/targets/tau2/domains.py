"""The domains: guidelines, tasks, official splits, and environments whose databases share untouched records."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
from collections.abc import Callable
from typing import Any

from trace_gym.errors import UserError
from trace_gym.targets.tau2.calculator import calculate
from trace_gym.targets.tau2.copy_on_write import CopyOnWriteTable, SharedTable
from trace_gym.targets.tau2.upstream import INSTALL, data_text, module, text_constants

DOMAINS = ("airline", "retail", "telecom")
_TABLES = {
    "airline": ("FlightDB", "AirlineTools", ("flights", "users", "reservations")),
    "retail": ("RetailDB", "RetailTools", ("products", "users", "orders")),
}
"""Database class, toolkit class and tables; telecom's database is small and made anew each time."""
STOP_TOOL = "done"
"""What an agent without a user calls when it has finished."""


def environment(domain: str, *, solo: bool = False, shared: bool = True) -> Any:
    """Returns the benchmark's own `Environment`, in the domain's initial state.

    Args:
        domain: One of `DOMAINS`.
        solo: Whether the assistant has the user's tools as well; telecom only.
        shared: Whether untouched records are shared with other environments; otherwise the whole database is copied.

    Raises:
        UserError: If the benchmark or its data is not installed.
    """
    if domain == "telecom":
        return _telecom(solo)

    _, toolkit, tables = _TABLES[domain]
    code = module(f"domains.{domain}.environment")
    base = _shared_database(domain)
    database = base.model_copy(deep=not shared)
    if shared:
        for table in tables:
            setattr(database, table, CopyOnWriteTable(_shared_table(domain, table)))

    env = code.Environment(domain_name=domain, policy=policy(domain), tools=getattr(code, toolkit)(database))
    # wraps() keeps the tool's name, text and kind, from which the benchmark makes its schema
    env.tools.calculate = functools.wraps(env.tools.calculate)(lambda expression: calculate(expression))
    return env


@functools.cache
def policy(domain: str, *, solo: bool = False) -> str:
    """Returns the company's guidelines, which the benchmark calls the agent's policy.

    Args:
        domain: One of `DOMAINS`.
        solo: Whether the assistant has the user's tools as well, and nobody to talk to.
    """
    if domain != "telecom":
        return data_text("domains", domain, "policy.md")

    file = "main_policy.md"
    if solo:
        file = "main_policy_solo.md"
    main = data_text("domains", domain, file)
    manual = data_text("domains", domain, "tech_support_manual.md")
    return f"<main_policy>\n{main}\n</main_policy>\n<tech_support_policy>\n{manual}\n</tech_support_policy>"


@functools.cache
def system_prompt(domain: str, *, solo: bool = False) -> str:
    """Returns the benchmark's own system prompt; in solo mode with a `{ticket}` slot left open.

    Args:
        domain: One of `DOMAINS`.
        solo: Whether the assistant has the user's tools as well, and nobody to talk to.
    """
    # read from the source, since importing the benchmark's agents imports its LLM clients
    texts = text_constants("agent/llm_agent.py")
    if not solo:
        return texts["SYSTEM_PROMPT"].format(agent_instruction=texts["AGENT_INSTRUCTION"], domain_policy=policy(domain))
    instruction = texts["AGENT_SOLO_INSTRUCTION"].format(stop_function_name=STOP_TOOL, stop_token="###STOP###")
    return texts["SYSTEM_PROMPT_SOLO"].format(
        agent_instruction=instruction, domain_policy=policy(domain, solo=True), ticket="{ticket}"
    )


@functools.cache
def official_splits(domain: str) -> dict[str, list[str]]:
    """Returns the task names of the official `train` and `test` splits, in the tasks' order.

    Args:
        domain: One of `DOMAINS`.
    """
    splits = json.loads(data_text("domains", domain, "split_tasks.json"))
    names = {}
    # the file has other splits as well, such as base, which is these two together
    for split in ("train", "test"):
        names[split] = [name for name in _raw_tasks(domain) if name in splits[split]]
    return names


@functools.cache
def task(domain: str, name: str) -> Any:
    """Returns one of the benchmark's own `Task` objects; callers must not write to it.

    Args:
        domain: One of `DOMAINS`.
        name: The benchmark's name for the task.

    Raises:
        UserError: If there is no such task.
    """
    raw = _raw_tasks(domain).get(name)
    if raw is None:
        raise UserError(f"tau2-bench's {domain} has no task {name!r}; the names are the ids in its tasks.json.")
    return module("data_model.tasks").Task.model_validate(raw)


@functools.cache
def _raw_tasks(domain: str) -> dict[str, Any]:
    rows = json.loads(data_text("domains", domain, "tasks.json"))
    # some versions of the benchmark wrap the list in an object
    if isinstance(rows, dict):
        rows = rows["tasks"]
    return {str(row["id"]): row for row in rows}


@functools.cache
def _shared_database(domain: str) -> Any:
    database = getattr(module(f"domains.{domain}.environment"), _TABLES[domain][0])
    try:
        return database.model_validate(json.loads(data_text("domains", domain, "db.json")))
    except ValueError as error:
        raise UserError(
            f"tau2-bench's code cannot read its {domain} database ({str(error).splitlines()[0]}); take both from one "
            f"version; run: {INSTALL}."
        ) from None


@functools.cache
def _shared_table(domain: str, table: str) -> SharedTable:
    return SharedTable(getattr(_shared_database(domain), table))


def _telecom(solo: bool) -> Any:
    code = module("domains.telecom.environment")
    agent_data, user_data = _telecom_data()
    env = code.TelecomEnvironment(
        domain_name="telecom",
        policy=policy("telecom", solo=solo),
        tools=code.TelecomTools(code.TelecomDB.model_validate(agent_data)),
        user_tools=code.TelecomUserTools(code.TelecomUserDB.model_validate(user_data)),
    )

    # the class keeps one VPN description for all, in which a broken VPN would last from episode to episode
    env.user_tools.default_vpn_details = env.user_tools.default_vpn_details.model_copy()
    env.tools._apply_one_time_charge = _numbered_bills(env.tools)
    # set_solo_mode() builds all tools anew, only to compare their names
    env.solo_mode = solo
    return env


def _numbered_bills(kit: Any) -> Callable[..., None]:
    """Wraps the benchmark's charge: a bill that it has to make gets a reproducible number instead of a random one."""
    charge = kit._apply_one_time_charge

    def charge_with_number(*args: Any, **kwargs: Any) -> None:
        numbers_before = {bill.bill_id for bill in kit.db.bills}
        charge(*args, **kwargs)

        for bill in kit.db.bills:
            if bill.bill_id not in numbers_before:
                random_number = bill.bill_id
                bill.bill_id = f"B{hashlib.sha256(str(len(numbers_before)).encode()).hexdigest()[:8]}"
                # the customer's record lists the bill under its number, too
                bills_of_customer = kit.get_customer_by_id(bill.customer_id).bill_ids
                bills_of_customer[bills_of_customer.index(random_number)] = bill.bill_id

    return charge_with_number


@functools.cache
def _telecom_data() -> tuple[dict[str, Any], dict[str, Any]]:
    # the benchmark's own dependency; its dialect is laxer than tomllib's
    toml = importlib.import_module("toml")
    agent_data = toml.loads(data_text("domains", "telecom", "db.toml"))
    user_data = toml.loads(data_text("domains", "telecom", "user_db.toml"))
    return agent_data, user_data
