"""Faults, kills, concurrent writers and hours of work, and whether the modules keep their promises.

Each subject has a module here with its cases, and a `test_` file that runs the quick form of them; `python -m
tests.reliability` runs the long form. docs/reliability.md describes what is tried and the results.
"""
