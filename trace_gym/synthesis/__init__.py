"""From a capability to an environment: mine a blueprint, emit a module, pass the gate."""
