"""One file per command; each has `configure(parser)` and `run(arguments)`, or a `main(texts)` of its own."""
