"""The phases of a run, each a command and a call of its own."""
