"""Where a reader reports an error: the address that the operator names, with what the report is about."""

from __future__ import annotations

from urllib.parse import quote

from api.pages.language import Tongue

_LONG = 400


def report_link(contact: str, t: Tongue, *, page: str, record: str = "") -> str:
    """The contact as a link; a mail's subject has the page's address and the record's id. Empty where there is no contact."""
    if not contact.startswith("mailto:"):
        return contact
    subject = t("contact.subject", page=page[:_LONG], record=record or "-")
    return f"{contact}?subject={quote(subject, safe='')}"
