"""Counts checks and prints them as libtest does, so that `cargo xtask test` can add them up."""

import sys


class Report:
    """Passed and failed checks of one script."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, holds, what):
        """Counts one check; names it where it fails."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}")

    def end(self):
        """Prints the counts and ends the script."""
        word = "FAILED" if self.failed else "ok"
        print(f"test result: {word}. {self.passed} passed; {self.failed} failed")
        sys.exit(1 if self.failed else 0)
