"""What the command line prints: progress, tables, text made safe for a terminal."""
