"""Recomputes payment schedules with exact rationals, independently of the Rust code, and writes
golden.json beside this file.

The way differs on purpose: one step per calendar day, no event list; and the payment of an annuity
is found by running the contract twice (the balance at the end is linear in the payment), not by a
formula.

Run: python3 recompute.py
"""

import calendar
import datetime
import json
import pathlib
from fractions import Fraction as F

DAY = datetime.timedelta(days=1)


def day(text):
    return datetime.date.fromisoformat(text)


def months_later(date, count):
    month = date.month - 1 + count
    year, month = date.year + month // 12, month % 12 + 1
    return date.replace(year=year, month=month, day=min(date.day, calendar.monthrange(year, month)[1]))


def fraction(kind, a, b):
    if kind == "A365":
        return F((b - a).days, 365)
    if kind == "A360":
        return F((b - a).days, 360)
    if kind == "30E360":
        days = 360 * (b.year - a.year) + 30 * (b.month - a.month)
        return F(days + min(b.day, 30) - min(a.day, 30), 360)
    total = F(0)
    while a < b:  # AA: each day belongs to its own year
        total += F(1, 366 if calendar.isleap(a.year) else 365)
        a += DAY
    return total


def rounded(value, places):
    scaled = value * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    up = twice > scaled.denominator or (twice == scaled.denominator and whole % 2 == 1)
    return F(whole + up, 10**places)


class Contract:
    def __init__(self, case):
        self.case = case
        self.kind = case["contractType"]
        self.start, self.end = day(case["initialExchangeDate"]), day(case["maturityDate"])
        self.rates = {day(k): F(v) for k, v in case.get("rates", {}).items()}
        self.cut = day(case["capitalizationEndDate"]) if "capitalizationEndDate" in case else None
        self.redeeming = self.cycle("PrincipalRedemption", self.end)
        self.interest = self.cycle("InterestPayment", self.end) | {self.end}
        if self.kind in ("NAM", "ANN"):
            first = min(self.redeeming)
            self.interest = {d for d in self.interest if d < first} | self.redeeming | {self.end}
        if self.cut:
            self.interest |= {self.cut}
        self.resetting = self.cycle("RateReset", self.end)

    def cycle(self, name, end):
        months = self.case.get("monthsOf" + name)
        if months is None:
            return set()
        anchor = self.case.get("anchorOf" + name)
        # Without an anchor the first date comes one period after the initial exchange.
        dates, k = set(), 0 if anchor else 1
        anchor = day(anchor) if anchor else self.start
        while months_later(anchor, k * months) < end:
            dates.add(months_later(anchor, k * months))
            k += 1
        return dates

    def cash(self, value):
        places = self.case.get("places")
        return value if places is None else rounded(value, places)

    def pay(self, today, nt, accrued, payment):
        """The redemption of a day, as the contract type has it."""
        if self.kind == "LAM":
            wanted = payment
        else:
            wanted = payment - self.cash(accrued)
        return min(self.cash(wanted), nt)

    def balance_after_all(self, state, payment):
        """What would be owed at the end, had every payment from now on this size."""
        today, nt, accrued, rate = state
        last = today
        for date in sorted(d for d in self.redeeming | {self.end} if d > today):
            accrued += nt * rate * fraction(self.case["dayCountConvention"], last, date)
            nt, accrued, last = nt + accrued - payment, F(0), date
        return nt

    def fix(self, state):
        at_zero = self.balance_after_all(state, F(0))
        at_one = self.balance_after_all(state, F(1))
        return self.cash(at_zero / (at_zero - at_one))

    def run(self):
        case, rate = self.case, F(self.case["nominalInterestRate"])
        nt, accrued, today, last = F(case["notionalPrincipal"]), F(0), self.start, self.start
        base = nt if case.get("interestCalculationBase") == "NTIED" else None
        payment = F(case["nextPrincipalRedemptionPayment"]) if "nextPrincipalRedemptionPayment" in case else None
        given = payment is not None
        if payment is None and self.kind == "LAM":
            payment = self.cash(nt / (len(self.redeeming) + 1))
        events = []

        def note(kind, payoff):
            events.append([today.isoformat(), kind, payoff, nt, rate, accrued])

        note("IED", -nt)
        while today < self.end:
            today += DAY
            accrued_today = accrued + (base or nt) * rate * fraction(case["dayCountConvention"], last, today)
            happens = today in self.redeeming or today in self.interest or today in self.resetting
            fixes = self.kind == "ANN" and not given and today == min(self.redeeming) - DAY
            if not (happens or fixes):
                continue
            accrued, last = accrued_today, today
            if today in self.redeeming:
                redeemed = self.pay(today, nt, accrued, payment)
                nt -= redeemed
                note("PR", redeemed)
            if today in self.interest:
                interest, accrued = self.cash(accrued), F(0)
                if self.cut and today <= self.cut:
                    nt += interest
                    note("IPCI", F(0))
                else:
                    note("IP", interest)
            if today in self.resetting:
                rate = self.rates[today]
                note("RR", F(0))
            if fixes or (today in self.resetting and self.kind == "ANN"):
                payment = self.fix((today, nt, accrued, rate))
                note("PRF", F(0))
        rest, nt = nt, F(0)
        note("MD", rest)
        return events


def text(value):
    """34 significant digits at most, half even."""
    if value == 0:
        return "0"
    places = 33
    while abs(value) * 10**places >= 10**34:
        places -= 1
    scaled = rounded(abs(value), places) * 10**places
    digits = str(scaled.numerator).rjust(places + 1, "0")
    whole, behind = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return ("-" if value < 0 else "") + whole + ("." + behind if behind else "")


def cases():
    common = {"initialExchangeDate": "2024-01-31", "notionalPrincipal": "120000", "nominalInterestRate": "0.055"}
    for count in ("A365", "A360", "30E360", "AA"):
        base = {**common, "dayCountConvention": count, "maturityDate": "2027-01-31"}
        month = {"monthsOfInterestPayment": 1, "monthsOfPrincipalRedemption": 1}
        yield {**base, **month, "contractType": "LAM"}
        yield {**base, **month, "contractType": "LAM", "nextPrincipalRedemptionPayment": "2500"}
        yield {**base, **month, "contractType": "ANN"}
        yield {**base, **month, "contractType": "NAM", "nextPrincipalRedemptionPayment": "400"}
        yield {**base, **month, "contractType": "NAM", "nextPrincipalRedemptionPayment": "9000"}
    base = {**common, "dayCountConvention": "A365", "maturityDate": "2029-01-31"}
    quarter = {"monthsOfInterestPayment": 3, "monthsOfPrincipalRedemption": 6}
    yield {**base, **quarter, "contractType": "LAM", "interestCalculationBase": "NTIED"}
    yield {**base, **quarter, "contractType": "NAM", "interestCalculationBase": "NTIED",
           "nextPrincipalRedemptionPayment": "13000.07"}
    yield {**base, **quarter, "contractType": "ANN", "anchorOfPrincipalRedemption": "2025-07-31"}
    yield {**base, **quarter, "contractType": "ANN", "anchorOfPrincipalRedemption": "2025-07-31",
           "capitalizationEndDate": "2024-12-15"}
    yield {**base, **quarter, "contractType": "LAM", "capitalizationEndDate": "2024-10-31"}
    resets = {"monthsOfRateReset": 12, "rates": {"2025-01-31": "0.0725", "2026-01-31": "0.0301",
                                                "2027-01-31": "0", "2028-01-31": "0.123456789"}}
    for kind in ("ANN", "LAM", "PAM"):
        redemption = {"monthsOfInterestPayment": 1}
        if kind != "PAM":
            redemption["monthsOfPrincipalRedemption"] = 1
        yield {**base, **redemption, **resets, "contractType": kind}
        yield {**base, **redemption, **resets, "contractType": kind, "places": 2}
        yield {**base, **redemption, **resets, "contractType": kind, "places": 0, "notionalPrincipal": "999999"}
    long = {**common, "initialExchangeDate": "2026-11-30", "maturityDate": "2056-11-30", "dayCountConvention": "AA"}
    monthly = {"monthsOfInterestPayment": 1, "monthsOfPrincipalRedemption": 1}
    yield {**long, **monthly, "contractType": "ANN", "places": 2}
    yield {**long, **monthly, "contractType": "ANN", "nominalInterestRate": "0", "places": 2}
    yield {**long, **monthly, "contractType": "LAM", "places": 2}


def main():
    out = []
    for case in cases():
        exact = "places" in case
        events = Contract(case).run()
        if case["contractType"] in ("LAM", "ANN", "PAM") and "capitalizationEndDate" not in case:
            assert sum(e[2] for e in events if e[1] in ("PR", "MD")) == F(case["notionalPrincipal"])
        if len(events) > 300:  # the ends of a long one say enough
            events = events[:8] + events[-8:]
        cells = [[e[0], e[1]] + [text(x) for x in e[2:]] for e in events]
        out.append({"terms": case, "exact": exact, "events": [" ".join(row) for row in cells]})
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(out, indent=1) + "\n")
    print(len(out), "contracts,", sum(len(case["events"]) for case in out), "events")


main()
