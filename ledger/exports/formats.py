"""Which function prints which format. A new one is a module here, a line in this table, and a line in schemas/exports.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.exports.bundle import print_bundle
from ledger.exports.claimreview import print_claimreview
from ledger.exports.content import Content
from ledger.exports.csv import print_csv
from ledger.exports.dossier import print_dossier
from ledger.exports.dot import print_dot
from ledger.exports.jsonl import print_jsonl
from ledger.exports.prov import print_prov_json, print_prov_jsonld, print_prov_n
from ledger.exports.svg import print_svg
from ledger.exports.vc import print_vc

# Signed by the ledger's issuer, and made of the claim's content.
SIGNED: Mapping[str, Callable[[Content, Ed25519PrivateKey], bytes]] = {
    "bundle": print_bundle,
    "vc": print_vc,
}
# Signed by nobody but the people who signed the records: these are for reading, not for proving.
PLAIN: Mapping[str, Callable[[Content], bytes]] = {
    "jsonl": print_jsonl,
    "claimreview": print_claimreview,
    "prov-json": print_prov_json,
    "prov-n": print_prov_n,
    "prov-jsonld": print_prov_jsonld,
    "dossier": print_dossier,
    "csv": print_csv,
    "svg": print_svg,
    "dot": print_dot,
}
