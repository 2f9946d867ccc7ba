"""Which of BFCL's functions change state; the benchmark does not say.

Determined by running all gold calls and sampled calls of every function, and comparing the instances before and after.
The working directory counts as state; the generators from which ids and measurements are drawn do not.
"""

from __future__ import annotations

WRITES: frozenset[str] = frozenset(
    {
        # TwitterAPI
        "authenticate_twitter",
        "comment",
        "follow_user",
        "mention",
        "post_tweet",
        "retweet",
        "unfollow_user",
        # GorillaFileSystem
        "cd",
        "cp",
        "echo",
        "mkdir",
        "mv",
        "rm",
        "rmdir",
        "touch",
        # TicketAPI
        "close_ticket",
        "create_ticket",
        "edit_ticket",
        "logout",
        "resolve_ticket",
        "ticket_login",
        # MessageAPI
        "add_contact",
        "delete_message",
        "message_login",
        "send_message",
        # VehicleControlAPI
        "activateParkingBrake",
        "adjustClimateControl",
        "fillFuelTank",
        "lockDoors",
        "pressBrakePedal",
        "releaseBrakePedal",
        "setCruiseControl",
        "setHeadlights",
        "set_navigation",
        "startEngine",
        # TradingBot
        "add_to_watchlist",
        "cancel_order",
        "fund_account",
        "place_order",
        "remove_stock_from_watchlist",
        "trading_login",
        "trading_logout",
        "withdraw_funds",
        # TravelAPI
        "authenticate_travel",
        "book_flight",
        "cancel_booking",
        "purchase_insurance",
        "register_credit_card",
        "set_budget_limit",
    }
)
"""The functions that write; all others read."""
