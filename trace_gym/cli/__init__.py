"""The `trace-gym` command, one subcommand a file."""
