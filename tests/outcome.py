"""How a program of unittest ends, as meson has it: status 77 where nothing could run, and a line for each test that was
skipped, with the reason."""
import sys
import unittest


def main():
    result = unittest.main(verbosity=2, exit=False).result
    for test, reason in result.skipped:
        print(f'skipped: {test}: {reason}')
    if not result.wasSuccessful():
        sys.exit(1)
    # a class that is skipped as a whole ran nothing, and is one that was skipped
    if len(result.skipped) >= result.testsRun:
        sys.exit(77)
