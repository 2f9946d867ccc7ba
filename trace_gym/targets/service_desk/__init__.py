"""The embedded target: the customer-service desk of a home-goods shop."""
