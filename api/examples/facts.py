"""What all examples share: ids, a time, a text in two scripts."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]
CLAIM_ID = "sha256:" + "5f0e" * 16
STATEMENT_ID = "sha256:" + "a1c4" * 16
DOCUMENT_ID = "sha256:" + "77d0" * 16
SOURCE_RECORD_ID = "sha256:" + "09be" * 16
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
ORIGIN = "ledger.example"
TIME = "2025-04-28T10:00:00Z"
HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TEXT = {"en": "North Korea sent troops to fight for Russia", "ko": "북한이 러시아를 위해 싸울 군대를 보냈다"}
SIDES = {"for": 2.0, "against": 0.0}
AS_OF = {"size": 120, "root": "e3b0c442" * 8, "time": TIME}
