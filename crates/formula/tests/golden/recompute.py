"""Recomputes the golden values of the shipped products with exact rationals, independently of the
Rust code and of the formula sources, and writes golden.json beside this file.

Run: python3 recompute.py
"""

import datetime
import json
import pathlib
from fractions import Fraction as F

HALF_EVEN, HALF_UP = "half_even", "half_up"


def rounded(value, places, mode=HALF_EVEN):
    scaled = value * 10**places
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    if rest > F(1, 2) or (rest == F(1, 2) and (mode == HALF_UP or whole % 2 == 1)):
        whole += 1
    return F(whole, 10**places)


def floor(value):
    return value.numerator // value.denominator


def day(text):
    return datetime.date.fromisoformat(text)


def money(data, name):
    return F(data[name]["amount"])


def text(value, places):
    """A decimal text with so many places; the value must lie on that grid."""
    scaled = value * 10**places
    assert scaled.denominator == 1, value
    digits = f"{abs(scaled.numerator):0{places + 1}d}"
    sign = "-" if scaled < 0 else ""
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


def amount(value, currency):
    places = 0 if currency == "JPY" else 2
    return {"amount": text(value, places), "currency": currency}


def mortgage(data, as_of, p):
    loan, worth = money(data, "loan_amount"), money(data, "property_value")
    rate, term = F(data["annual_rate"]), data["term_months"]
    ltv, monthly = loan / worth, rate / 12
    if monthly == 0:
        instalment = rounded(loan / term, 2)
    else:
        instalment = rounded(loan * monthly / (1 - (1 + monthly) ** -term), 2)
    market = sum(instalment / (1 + p["yield"] / 12) ** k for k in range(1, term + 1))
    if data["occupancy"] == "owner":
        haircut = F(2, 100) if ltv <= F(60, 100) else F(5, 100) if ltv <= F(80, 100) else F(9, 100)
    else:
        haircut = {"second_home": F(8, 100), "rental": F(12, 100)}[data["occupancy"]]
    if ltv > F(60, 100):
        haircut = max(haircut, p["high_ltv_haircut"])
    valuation = rounded(min(market, loan) * (1 - haircut), 2)
    broken = []
    let_in_sg = p["country"] == "SG" and data["occupancy"] != "owner"
    if ltv > (F(45, 100) if let_in_sg else p["max_ltv"]):
        broken.append("LTV_01")
    if term > 360:
        broken.append("TERM_01")
    if data["country"] not in p["markets"]:
        broken.append("GEO_01")
    if data["investors"] > 2000:
        broken.append("CAP_01")
    if p["country"] == "SG":
        if not data["accredited_only"] and data["investors"] > 50:
            broken.append("SG_01")
    if p["country"] == "DE" and data["investors"] >= 150 and not data["prospectus_approved"]:
        broken.append("DE_01")
    if p["country"] == "US_REGD" and not data["all_verified_accredited"]:
        broken.append("REGD_01")
    fee = max(rounded(valuation * F(5, 1000), 2, HALF_UP), p["fee_floor"])
    outputs = {
        "valuation": amount(valuation, p["home"]),
        "units": str(floor(valuation / p["unit_price"])),
        "decimals": "0",
        "holders": "2000",
        "issuance": amount(fee, p["home"]),
    }
    if p["country"] == "US_REGD":
        outputs["lockup_days"] = "365"
    return broken, outputs


def invoice(data, as_of, p):
    tenor = (day(data["due"]) - day(as_of)).days
    face = money(data, "face") * F(data["fx_rate"]["rate"])
    rating = data["debtor_rating"]
    if rating in ("AAA", "AA", "A"):
        advance = F(95, 100) if tenor <= 90 else F(90, 100)
    elif rating == "BBB":
        advance = F(85, 100) if tenor <= 90 else F(80, 100)
    else:
        advance = F(70, 100) if rating == "BB" else F(0)
    spread = {"AAA": F(15, 1000), "AA": F(15, 1000), "A": F(15, 1000), "BBB": F(3, 100)}.get(
        rating, F(6, 100)
    )
    discount = (p["base_rate"] + spread) * tenor / 360
    valuation = rounded(face * advance * (1 - discount), 2)
    broken = []
    if not 1 <= tenor <= p["max_tenor"]:
        broken.append("TEN_01")
    if advance == 0:
        broken.append("RAT_01")
    if not data["accepted"]:
        broken.append("ACC_01")
    if face < p["min_face"]:
        broken.append("MIN_01")
    if p["country"] == "SG" and data["debtor_country"] not in ("SG", "MY", "ID", "TH", "AU", "JP"):
        broken.append("SG_01")
    if p["country"] == "DE" and data["assignment_forbidden"] and not data["both_merchants"]:
        broken.append("DE_01")
    if p["country"] == "US" and not data["financing_statement_filed"]:
        broken.append("US_01")
    outputs = {
        "valuation": amount(valuation, p["home"]),
        "units": str(floor(valuation)),
        "decimals": "0",
        "platform": amount(rounded(valuation * p["fee_rate"], 2, HALF_UP), p["home"]),
        "last_transfer_days": str(max(tenor - 2, 0)),
    }
    if p["country"] == "US":
        outputs["filing"] = amount(F(25), p["home"])
    return broken, outputs


def gold(data, as_of, p):
    grams, fineness = F(data["gross_grams"]), F(data["fineness"])
    fine = F(floor(grams * fineness * 1000), 1000)
    spot = money(data, "price_per_oz") * fine / F("31.1034768")
    haircut = {"lbma_listed": F(5, 1000), "recognised": F(2, 100), "other": F(10, 100)}[data["vault"]]
    valuation = rounded(spot * (1 - haircut), 2)
    broken = []
    if fineness < p["min_fineness"]:
        broken.append("FIN_01")
    if data["vault"] not in p["vaults"]:
        broken.append("VLT_01")
    if p["country"] == "US" and not data["receipt_negotiable"]:
        broken.append("US_01")
    outputs = {
        "valuation": amount(valuation, p["home"]),
        "decimals": "3",
        "units": str(floor(fine / p["gram_per_token"] * 1000)),
        "storage_per_year": amount(rounded(valuation * p["storage_rate"], 2, HALF_UP), p["home"]),
    }
    if p["country"] == "US":
        outputs["lockup_days"] = "90"
    return broken, outputs


def sme(data, as_of, p):
    loan = money(data, "amount")
    coverage = money(data, "cash_flow") / money(data, "debt_service")
    age = (day(as_of) - day(data["founded"])).days
    score, security = data["score"], data["security"]
    row = 0 if score >= 80 else 1 if score >= 60 else 2
    column = ["real_estate", "movables", "unsecured"].index(security)
    haircut = F([[2, 5, 8], [5, 10, 15], [12, 20, 30]][row][column], 100) + p["extra_haircut"]
    tests = [
        ("SCORE_01", score >= p["min_score"]),
        ("AMOUNT_01", loan >= p["min_amount"]),
        ("AMOUNT_02", loan <= p["max_amount"]),
        ("DSCR_01", coverage >= p["min_coverage"]),
        ("LEV_01", loan / money(data, "annual_revenue") <= F(60, 100)),
        ("AGE_01", age >= p["min_age_days"]),
        ("TERM_01", data["term_months"] <= 84),
        ("GEO_01", data["country"] == "DE"),
        ("CAP_01", data["lenders"] <= p["max_holders"]),
    ]
    if p["country"] == "BANK":
        tests.append(("BANK_01", security != "unsecured" or loan <= 750_000))
    valuation = rounded(loan * (1 - haircut), 2)
    outputs = {
        "valuation": amount(valuation, "EUR"),
        "units": str(floor(valuation / p["unit_price"])),
        "decimals": "0",
        "arrangement": amount(rounded(loan * p["fee_rate"], 2, HALF_UP), "EUR"),
        "holders": str(p["max_holders"]),
    }
    if p["country"] == "CROWD":
        outputs["per_lender"] = amount(p["unit_price"] * 100, "EUR")
    return [code for code, held in tests if not held], outputs


MORTGAGE = {
    "country": "", "home": "USD", "markets": ["US"], "max_ltv": F(80, 100), "yield": F(6, 100),
    "unit_price": F(100), "fee_floor": F(500), "high_ltv_haircut": F(0),
}
INVOICE = {
    "country": "", "home": "USD", "max_tenor": 180, "base_rate": F(5, 100),
    "fee_rate": F(75, 10000), "min_face": F(10_000),
}
GOLD = {
    "country": "", "home": "USD", "min_fineness": F("0.995"), "gram_per_token": F(1),
    "storage_rate": F(12, 10000), "vaults": ["lbma_listed"],
}
SME = {
    "country": "", "min_score": 50, "min_amount": 25_000, "max_amount": 2_000_000,
    "min_coverage": F("1.1"), "min_age_days": 730, "extra_haircut": F(0), "fee_rate": F(1, 100),
    "unit_price": F(100), "max_holders": 1000,
}
PROGRAMS = {
    ("mortgage_participation", None): (mortgage, MORTGAGE),
    ("mortgage_participation", "mortgage_sg"): (mortgage, MORTGAGE | {
        "country": "SG", "home": "SGD", "markets": ["SG"], "max_ltv": F(75, 100),
        "unit_price": F(1000), "fee_floor": F(800)}),
    ("mortgage_participation", "mortgage_de"): (mortgage, MORTGAGE | {
        "country": "DE", "home": "EUR", "markets": ["DE"], "unit_price": F(500),
        "fee_floor": F(400), "high_ltv_haircut": F(15, 100)}),
    ("mortgage_participation", "mortgage_us_regd"): (
        mortgage, MORTGAGE | {"country": "US_REGD", "yield": F(7, 100)}),
    ("trade_invoice", None): (invoice, INVOICE),
    ("trade_invoice", "invoice_sg"): (invoice, INVOICE | {
        "country": "SG", "home": "SGD", "min_face": F(15_000), "max_tenor": 150}),
    ("trade_invoice", "invoice_de"): (invoice, INVOICE | {
        "country": "DE", "home": "EUR", "min_face": F(5_000), "base_rate": F(4, 100)}),
    ("trade_invoice", "invoice_us"): (invoice, INVOICE | {"country": "US", "fee_rate": F(1, 100)}),
    ("gold_receipt", None): (gold, GOLD),
    ("gold_receipt", "gold_sg"): (gold, GOLD | {
        "country": "SG", "home": "SGD", "storage_rate": F(15, 10000),
        "vaults": ["lbma_listed", "recognised"]}),
    ("gold_receipt", "gold_de"): (gold, GOLD | {
        "country": "DE", "home": "EUR", "min_fineness": F("0.999"), "gram_per_token": F(1, 2)}),
    ("gold_receipt", "gold_us"): (gold, GOLD | {
        "country": "US", "vaults": ["lbma_listed", "recognised"]}),
    ("sme_loan", None): (sme, SME),
    ("sme_loan", "sme_loan_bank_de"): (sme, SME | {
        "country": "BANK", "min_score": 70, "min_amount": 100_000, "max_amount": 5_000_000,
        "min_coverage": F("1.3"), "min_age_days": 1095}),
    ("sme_loan", "sme_loan_crowd_de"): (sme, SME | {
        "country": "CROWD", "min_score": 40, "min_amount": 10_000, "max_amount": 500_000,
        "min_coverage": F("1.05"), "min_age_days": 365, "extra_haircut": F(10, 100),
        "fee_rate": F(3, 100), "unit_price": F(10), "max_holders": 5000}),
}


def mortgages():
    for program, home, country, extra in [
        (None, "USD", "US", {}),
        ("mortgage_sg", "SGD", "SG", {"accredited_only": False}),
        ("mortgage_de", "EUR", "DE", {"prospectus_approved": False}),
        ("mortgage_us_regd", "USD", "US", {"all_verified_accredited": True}),
    ]:
        for occupancy, loan, worth, rate, term, investors, flag in [
            ("owner", "300000.00", "400000.00", "0.054", 300, 120, True),
            ("owner", "900000.00", "1500000.00", "0.036", 240, 120, True),
            ("owner", "200000.00", "400000.00", "0.042", 240, 100, False),
            ("owner", "300000.00", "400000.00", "0.042", 240, 150, True),
            ("owner", "200000.00", "400000.00", "0.042", 240, 150, False),
            ("rental", "120000.00", "200000.00", "0", 120, 1, False),
            ("rental", "750000.00", "1500000.00", "0.036", 240, 51, False),
            ("owner", "390000.00", "400000.00", "0.054", 361, 2001, True),
            ("second_home", "123456.78", "234567.89", "0.0999", 480, 50, False),
            ("owner", "0.01", "0.01", "0.3", 1, 0, True),
            ("owner", "98765432.10", "123456790.13", "0.0001", 359, 149, True),
        ]:
            yield "mortgage_participation", program, {
                "country": country, "occupancy": occupancy,
                "loan_amount": {"amount": loan, "currency": home},
                "property_value": {"amount": worth, "currency": home},
                "annual_rate": rate, "term_months": term, "investors": investors,
                "borrower": "A", "registered_owner": "A",
                **{name: flag for name in extra},
            }


def invoices():
    for program, home, extra in [
        (None, "USD", {}),
        ("invoice_sg", "SGD", {"debtor_country": "MY"}),
        ("invoice_de", "EUR", {"assignment_forbidden": True, "both_merchants": True}),
        ("invoice_us", "USD", {"financing_statement_filed": True}),
    ]:
        for currency, face, rate, due, rating, accepted in [
            ("EUR", "120000.00", "1.0842", "2027-01-21", "BBB", True),
            ("USD", "120000.00", "1", "2027-01-21", "B", True),
            ("USD", "9999.99", "1", "2027-11-22", "A", False),
            ("USD", "80000.00", "1.3015", "2027-02-20", "A", True),
            ("USD", "60000.00", "0.9224", "2027-02-21", "BBB", True),
            ("JPY", "9000000", "0.006671", "2027-01-06", "AAA", True),
            ("EUR", "33333.33", "1.23456789", "2026-11-23", "BB", True),
            ("EUR", "50000.00", "1.1", "2026-11-22", "unrated", True),
        ]:
            if currency == home:
                rate = "1"
            elif currency == "USD" and rate == "1":
                rate = "1.05"
            yield "trade_invoice", program, {
                "due": due, "debtor_rating": rating, "invoice_ccy": currency,
                "face": {"amount": face, "currency": currency},
                "fx_rate": {"from": currency, "to": home, "rate": rate},
                "accepted": accepted, **extra,
            }
    yield "trade_invoice", "invoice_sg", {
        "due": "2027-04-22", "debtor_rating": "A", "invoice_ccy": "SGD",
        "face": {"amount": "80000.00", "currency": "SGD"},
        "fx_rate": {"from": "SGD", "to": "SGD", "rate": "1"},
        "accepted": True, "debtor_country": "BR",
    }


def bars():
    for program, home, extra in [
        (None, "USD", {}), ("gold_sg", "SGD", {}), ("gold_de", "EUR", {}),
        ("gold_us", "USD", {"receipt_negotiable": True}),
    ]:
        for vault, grams, fineness, price in [
            ("lbma_listed", "4000.5", "0.9999", "2650.40"),
            ("other", "1000", "0.9", "2650.40"),
            ("recognised", "12441.4", "0.9995", "3450.25"),
            ("lbma_listed", "1000", "0.9999", "2444.10"),
            ("lbma_listed", "1000", "0.9965", "2444.10"),
            ("lbma_listed", "0.001", "0.995", "9999.99"),
        ]:
            yield "gold_receipt", program, {
                "vault": vault, "gross_grams": grams, "fineness": fineness, "bars": 1,
                "price_per_oz": {"amount": price, "currency": home}, **extra,
            }


def loans():
    for program, extra in [
        (None, {}), ("sme_loan_bank_de", {}),
        ("sme_loan_crowd_de", {}),
    ]:
        for founded, security, score, loan, revenue, cash, service, term in [
            ("2015-06-01", "movables", 78, "250000.00", "1800000.00", "210000.00", "120000.00", 60),
            ("2025-06-01", "unsecured", 35, "20000.00", "30000.00", "4000.00", "5000.00", 96),
            ("2015-06-01", "real_estate", 82, "900000.00", "1800000.00", "210000.00", "120000.00", 60),
            ("2021-03-15", "movables", 58, "150000.00", "600000.00", "54000.00", "45000.00", 48),
            ("2015-06-01", "unsecured", 82, "750000.01", "1800000.00", "210000.00", "120000.00", 60),
            ("2020-02-29", "unsecured", 60, "33333.33", "77777.77", "-1.00", "0.01", 84),
        ]:
            yield "sme_loan", program, {
                "founded": founded, "country": "DE", "purpose": "equipment", "security": security,
                "score": score, "amount": {"amount": loan, "currency": "EUR"},
                "annual_revenue": {"amount": revenue, "currency": "EUR"},
                "cash_flow": {"amount": cash, "currency": "EUR"},
                "debt_service": {"amount": service, "currency": "EUR"},
                "term_months": term, "lenders": 12, **extra,
            }


def main():
    as_of, cases = "2026-11-22", []
    for source in (mortgages, invoices, bars, loans):
        for product, instance, data in source():
            calculate, params = PROGRAMS[product, instance]
            broken, outputs = calculate(data, as_of, params)
            cases.append({
                "product": product, "instance": instance, "as_of": as_of, "data": data,
                "outcome": "rejected" if broken else "eligible", "reasons": broken,
                "outputs": outputs,
            })
    target = pathlib.Path(__file__).with_name("golden.json")
    target.write_text(json.dumps(cases, indent=1) + "\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
