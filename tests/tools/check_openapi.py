"""Validates the OpenAPI document with openapi-spec-validator, and each schema in it with jsonschema."""

import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from openapi_spec_validator import OpenAPIV31SpecValidator

from report import Report

METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}


def operations(document):
    """Every operation as (name, operation)."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    report = Report()
    report.check(document["openapi"].startswith("3.1."), "the document is OpenAPI 3.1")
    faults = list(OpenAPIV31SpecValidator(document).iter_errors())
    for fault in faults:
        print(f"{'/'.join(str(step) for step in fault.absolute_path)}: {fault.message}")
    report.check(not faults, "the document is valid OpenAPI")

    for name, schema in document.get("components", {}).get("schemas", {}).items():
        try:
            Draft202012Validator.check_schema(schema)
            report.check(True, name)
        except SchemaError as fault:
            report.check(False, f"schema {name}: {fault.message}")

    ids = []
    for name, operation in operations(document):
        ids.append(operation.get("operationId"))
        report.check(operation.get("operationId"), f"{name} has an operationId")
        report.check(operation.get("summary"), f"{name} has a summary")
        codes = operation["responses"].keys()
        report.check(any(code.startswith("2") for code in codes), f"{name} can succeed")
    report.check(len(ids) == len(set(ids)), "operation ids are unique")
    report.check(len(ids) > 0, "there are operations")
    report.end()


main()
