"""Doors: parse arguments, call the engine, print, set the exit code. One module a command."""
