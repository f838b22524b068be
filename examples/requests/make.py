#!/usr/bin/env python3
"""Makes non_bank.ndjson and bank.ndjson: 200 requests each, always the same ones.

Dates are written as {today+N}: whoever sends a row puts the present date in. Run: python3 examples/requests/make.py
"""
import json
import pathlib
import random

HERE = pathlib.Path(__file__).parent
HOME = {"de": "EUR", "sg": "SGD", "us": "USD"}
# Illustrative rates to each home currency.
RATE = {
    ("EUR", "EUR"): "1", ("SGD", "SGD"): "1", ("USD", "USD"): "1",
    ("EUR", "USD"): "1.0842", ("USD", "EUR"): "0.9223", ("SGD", "EUR"): "0.6871",
    ("EUR", "SGD"): "1.4554", ("USD", "SGD"): "1.3423", ("SGD", "USD"): "0.7450",
}


def money(amount, currency):
    return {"amount": f"{amount}.00", "currency": currency}


def evidence(name, days_ago):
    return {"name": name, "document": f"{name}.txt", "issued_at": f"{{today-{days_ago}}}"}


def invoice(random, number, country):
    home = HOME[country]
    currency = random.choice(["EUR", "USD", "SGD"])
    rating = random.choices(["AAA", "AA", "A", "BBB", "BB", "B"], [5, 15, 30, 30, 15, 5])[0]
    tenor = random.choice([30, 45, 60, 75, 90, 105, 120, 150, 175, 175, 200])
    return {
        "instance": f"invoice_{country}",
        "reference": f"INV-{country.upper()}-{number:04}",
        "data": {
            "due": f"{{today+{tenor}}}",
            "debtor_rating": rating,
            "invoice_ccy": currency,
            "face": money(random.randrange(15_000, 900_000), currency),
            "fx_rate": {"from": currency, "to": home, "rate": RATE[(currency, home)]},
            "accepted": random.random() < 0.97,
        },
        "evidence": [
            evidence("invoice_pdf", random.randrange(1, 10)),
            evidence("bill_of_lading", random.randrange(5, 40)),
        ],
    }
