"""Run the command line as ``python -m evaluatie``."""

from evaluatie.cli import main

main()
