"""Turns the documents of a run into pages for people."""
