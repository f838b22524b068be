"""Compares the LEI cases that the Rust test uses with python-stdnum's judgement."""

import json
import sys

from stdnum import lei

from report import Report


def judged(text):
    """Whether the text is an LEI exactly as written: python-stdnum also accepts spaces and lower case."""
    return len(text) == 20 and lei.is_valid(text) and lei.compact(text) == text


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    report = Report()
    for case in cases:
        report.check(judged(case["lei"]) == case["valid"], f"`{case['lei']}`: {case['why']}")
    for valid in (True, False):
        report.check(any(case["valid"] is valid for case in cases), f"cases with valid={valid}")
    report.end()


main()
