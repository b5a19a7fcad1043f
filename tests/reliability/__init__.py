"""What goes wrong on purpose: faults, kills, rivals and hours of work, and whether the modules keep their word.

Each subject has a module here with its cases and a `test_` file that runs the quick form of them; `python -m
tests.reliability` runs the long form. docs/reliability.md says what is tried and what was found.
"""
