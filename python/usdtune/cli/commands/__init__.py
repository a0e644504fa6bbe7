"""One file per command; each has `configure(parser, name)` and `run(arguments, name)`."""
