"""Starting a new pack of environments (`trace-gym new`)."""
