"""Verifies with PyJWT a certification that the Rust code has signed, and that PyJWT refuses forgeries of it."""

import base64
import json
import sys

import jwt

from report import Report


def signed_by(jws, key):
    """The payload's bytes where the signature holds, else None."""
    try:
        return jwt.PyJWS().decode(jws, key=key, algorithms=["ES256"])
    except jwt.InvalidTokenError:
        return None


def flipped(part):
    """The same base64url part with one bit changed."""
    raw = bytearray(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    raw[len(raw) // 2] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        made = json.load(file)
    report = Report()
    jws = made["jws"]
    header = jwt.get_unverified_header(jws)
    report.check(header["alg"] == "ES256", "the algorithm is ES256")

    keys = jwt.PyJWKSet.from_dict(made["jwks"])
    key = keys[header["kid"]].key
    payload = signed_by(jws, key)
    report.check(payload is not None, "the signature holds")
    report.check(
        payload is not None and json.loads(payload) == made["expected_payload"],
        "the payload is what was certified",
    )

    parts = jws.split(".")
    report.check(len(parts) == 3, "the JWS is compact")
    for at, name in ((1, "payload"), (2, "signature")):
        forged = parts.copy()
        forged[at] = flipped(forged[at])
        report.check(signed_by(".".join(forged), key) is None, f"a changed {name} is refused")
    report.end()


main()
