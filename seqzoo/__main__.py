"""Runs the command line as `python -m seqzoo`."""

from seqzoo.cli import main

main()
