"""Starting a pack of environments."""
