"""`import FILE.wacz`: pages of a web archive as documents, what was seen of them as evidence; nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.cli import capturing, drafting, naming, output, stamping
from ledger.cli.reading import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.cli.desk import Desk
    from ledger.evidence.wacz import Page


def import_archive(desk: Desk, file: str, evidence: str | None, certificates: str | None, authorities: Path | None) -> None:
    """Adds each page that the archive lists and holds; importing it again adds nothing. Of who signed it, what the certificates
    and authorities that are named bear out is checked."""
    from ledger.evidence.wacz import MAX_WACZ_BYTES, keep_page, pages_in, read_wacz
    from ledger.evidence.wacz_signing import Trust, issuers_of

    issuers = issuers_of(read_bytes(certificates)) if certificates else ()
    known = stamping.read(authorities) if stamping.named(authorities) else ()
    archive = read_wacz(read_bytes(file, most=MAX_WACZ_BYTES), Trust(issuers, known))
    pages = list(pages_in(archive))
    signer = archive.signer
    if not desk.as_json:
        output.prose(
            f"signed by {signer.name}: {signer.note}" if signer else "nobody signed this archive: its hashes are its own word"
        )
        missing = {url for url, _ in archive.pages} - {page.url for page in pages}
        for url in sorted(missing):
            output.warn(f"left out: {url}, which the archive lists and does not hold with an answer of 200")
    with desk.ledger() as ledger:
        hosts = capturing.owners_of_hosts(ledger, naming.every_source(ledger))
        items = [_document(page, number, hosts) for number, page in enumerate(pages)]
        draft = drafting.draft_items(ledger, desk.signer(), documents=items)
        outcome = drafting.write(desk, ledger, draft) if draft.records else drafting.Outcome()
        new = 0
        if not desk.dry_run:
            store = capturing.store_of(desk, evidence)
            for page, item in zip(pages, items, strict=True):
                kept, is_new = keep_page(store, page)
                store.attach(kept.sha256, draft.aliases[item["id"]])
                new += is_new
    if desk.as_json:
        output.print_json(
            {
                "pages": len(pages),
                "new": outcome.new,
                "kept": new,
                "signer": signer.name if signer else None,
                "traced": bool(signer and signer.traced),
                "stamped": signer.stamp.time if signer and signer.stamp else None,
                "ids": dict(draft.aliases),
            }
        )
        return
    output.data(f"{output.plural(len(pages), 'page')}, {outcome.new} new on record, {new} new in the evidence store")
    if desk.dry_run:
        output.prose("dry run: nothing was stored")


def _document(page: Page, number: int, hosts: dict[str, str]) -> dict[str, Any]:
    found = page.found
    return {
        "id": f"page-{number + 1}",
        "url": page.url,
        "title": found.title or page.title,
        "publisher": hosts.get(capturing.host_of(page.url)),
        "published_at": found.published_at,
        "lang": found.lang,
        "medium": found.medium,
        "media_type": found.media_type,
        "sha256": page.sha256,
        "retrieved_at": page.at,
    }
