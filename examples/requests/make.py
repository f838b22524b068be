#!/usr/bin/env python3
"""Makes non_bank.ndjson and bank.ndjson: 200 requests each, always the same ones.

Dates are written as {today+N}: whoever sends a row puts the present date in.
Run: python3 examples/requests/make.py
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


def invoice(r, number, country):
    home = HOME[country]
    currency = r.choice(["EUR", "USD", "SGD"])
    rating = r.choices(["AAA", "AA", "A", "BBB", "BB", "B"], [5, 15, 30, 30, 16, 4])[0]
    tenor = r.choice([30, 45, 60, 60, 75, 90, 90, 105, 120, 150, 175])
    data = {
        "due": f"{{today+{tenor}}}",
        "debtor_rating": rating,
        "invoice_ccy": currency,
        "face": money(r.randrange(25_000, 900_000), currency),
        "fx_rate": {"from": currency, "to": home, "rate": RATE[(currency, home)]},
        "accepted": r.random() < 0.97,
    }
    data |= {
        "de": {"assignment_forbidden": r.random() < 0.1, "both_merchants": r.random() < 0.9},
        "sg": {"debtor_country": r.choice(["SG", "MY", "ID", "TH", "AU", "JP", "JP", "BR"])},
        "us": {"financing_statement_filed": r.random() < 0.96},
    }[country]
    proofs = [evidence("invoice_pdf", r.randrange(1, 10)),
              evidence("bill_of_lading", r.randrange(5, 40))]
    return f"invoice_{country}", f"INV-{country.upper()}-{number:04}", data, proofs


def gold(r, number, country):
    home = HOME[country]
    bars = r.randrange(1, 12)
    data = {
        "vault": "lbma_listed",
        "gross_grams": f"{bars * r.randrange(990, 12_400)}.{r.randrange(10)}",
        "fineness": r.choice(["0.9999", "0.9995", "0.9991"]),
        "price_per_oz": {"amount": {"EUR": "2444.10", "SGD": "3450.25", "USD": "2650.40"}[home],
                         "currency": home},
        "bars": bars,
    }
    if country == "us":
        data["receipt_negotiable"] = True
    proofs = [evidence("warehouse_receipt", r.randrange(1, 20)),
              evidence("assay_certificate", r.randrange(100, 900))]
    return f"gold_{country}", f"GOLD-{country.upper()}-{number:04}", data, proofs


def mortgage(r, number, country):
    home = HOME[country]
    value = r.randrange(300, 2_000) * 1_000
    data = {
        "country": country.upper(),
        "occupancy": "owner",
        "loan_amount": money(value * r.randrange(30, 72) // 100, home),
        "property_value": money(value, home),
        "annual_rate": f"0.0{r.randrange(20, 65)}",
        "term_months": r.choice([120, 180, 240, 300, 360]),
        "investors": r.randrange(1, 45),
        "borrower": f"Borrower {number}",
        "registered_owner": f"Borrower {number}",
    }
    data |= {"de": {"prospectus_approved": False}, "sg": {"accredited_only": True},
             "us": {"all_verified_accredited": True}}[country]
    name = "mortgage_us_regd" if country == "us" else f"mortgage_{country}"
    proofs = [evidence("title_deed", r.randrange(10, 300)),
              evidence("appraisal", r.randrange(10, 150))]
    return name, f"MTG-{country.upper()}-{number:04}", data, proofs


def loan(r, number, name):
    amount = r.randrange(110, 480) * 1_000
    service = amount * r.randrange(18, 26) // 100
    data = {
        "founded": f"20{r.randrange(10, 20)}-0{r.randrange(1, 10)}-15",
        "country": "DE",
        "purpose": r.choice(["working_capital", "equipment", "property", "refinancing"]),
        "security": r.choice(["movables", "real_estate", "unsecured"]),
        "score": r.randrange(72, 95),
        "amount": money(amount, "EUR"),
        "annual_revenue": money(amount * r.randrange(3, 9), "EUR"),
        "cash_flow": money(service * r.randrange(135, 240) // 100, "EUR"),
        "debt_service": money(service, "EUR"),
        "term_months": r.choice([24, 36, 48, 60, 72]),
        "lenders": r.randrange(1, 60),
    }
    proofs = [evidence("financial_statements", r.randrange(60, 300)),
              evidence("tax_clearance", r.randrange(1, 60)),
              evidence("loan_agreement", r.randrange(1, 30))]
    return name, f"SME-DE-{number:04}", data, proofs


# What each wing brings: kind, country or instance, how many.
MIX = [(invoice, "de", 60), (invoice, "sg", 50), (invoice, "us", 50),
       (gold, "de", 4), (gold, "sg", 4), (gold, "us", 4),
       (mortgage, "de", 6), (mortgage, "sg", 5), (mortgage, "us", 5),
       (loan, "sme_loan_bank_de", 6), (loan, "sme_loan_crowd_de", 6)]


def rows(seed, parties):
    r = random.Random(seed)
    number = 0
    for make, where, count in MIX:
        for turn in range(count):
            number += 1
            instance, reference, data, proofs = make(r, number, where)
            # The last of each longer series waits for what nobody does.
            yield {
                "by": parties[number % len(parties)],
                "instance": instance,
                "side": "supplier" if make is gold and turn % 2 else "originator",
                "reference": reference,
                "data": data,
                "evidence": proofs,
                "served": not (make in (gold, mortgage, loan) and turn == count - 1),
            }


def write(name, seed, parties):
    made = list(rows(seed, parties))
    assert len(made) == 200
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in made)
    (HERE / name).write_text(text)


write("non_bank.ndjson", 1, ["trader", "merchant"])
write("bank.ndjson", 2, ["rheinbank", "straits"])

REFUSED = {
    "by": "rheinbank", "instance": "sme_loan_bank_de", "side": "originator",
    "reference": "SME-DE-BAKERY",
    "data": {
        "founded": "2021-03-15", "country": "DE", "purpose": "working_capital",
        "security": "movables", "score": 58, "amount": money(150_000, "EUR"),
        "annual_revenue": money(600_000, "EUR"), "cash_flow": money(54_000, "EUR"),
        "debt_service": money(45_000, "EUR"), "term_months": 48, "lenders": 40,
    },
    "evidence": [evidence("financial_statements", 200), evidence("tax_clearance", 30),
                 evidence("loan_agreement", 7)],
}
# For an end client: the score is one that a person of compliance has to look at.
CLIENT = {
    "by": "rheinbank", "instance": "sme_loan_bank_de", "side": "originator",
    "reference": "SME-DE-JOINERY", "end_client_hash": "5e" * 32,
    "statements": {
        "client_kyc": "full", "client_known_until": "{today+200}", "screening_score": 72,
        "source_of_funds_declared": True,
    },
    "data": {
        "founded": "2014-05-02", "country": "DE", "purpose": "equipment",
        "security": "movables", "score": 84, "amount": money(180_000, "EUR"),
        "annual_revenue": money(900_000, "EUR"), "cash_flow": money(96_000, "EUR"),
        "debt_service": money(48_000, "EUR"), "term_months": 60, "lenders": 12,
    },
    "evidence": REFUSED["evidence"],
}
MORTGAGE = {
    "by": "straits", "instance": "mortgage_sg", "side": "originator",
    "reference": "MTG-SG-ORCHARD",
    "data": {
        "country": "SG", "occupancy": "owner", "loan_amount": money(900_000, "SGD"),
        "property_value": money(1_500_000, "SGD"), "annual_rate": "0.036",
        "term_months": 240, "investors": 45, "borrower": "Tan A.", "registered_owner": "Tan A.",
        "accredited_only": True,
    },
    "evidence": [evidence("title_deed", 52), evidence("appraisal", 68)],
}
(HERE / "refused_loan.json").write_text(json.dumps(REFUSED, indent=2) + "\n")
(HERE / "client_loan.json").write_text(json.dumps(CLIENT, indent=2) + "\n")
(HERE / "mortgage.json").write_text(json.dumps(MORTGAGE, indent=2) + "\n")
