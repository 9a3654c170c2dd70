"""What a claim says in brief where others show it: the card in an article, its picture, what a link to it unfolds to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.answer import answer_of, origins_of
from api.pages.claiming import may_show_numbers
from api.pages.language import Tongue
from api.pages.naming import sheet_in
from api.pages.spelling import plain
from ledger.operations import Question
from ledger.service import Ledger
from schemas.corroboration import ChainView, Report
from schemas.lookups import ClaimView


@dataclass(frozen=True)
class Card:
    """A claim, the report on it, and the sentence that answers. `numbers`: whether any may be shown."""

    view: ClaimView
    report: Report
    names: Mapping[str, str]
    answer: Sequence[Markup]
    numbers: bool
    asked: Question

    def doubt(self, t: Tongue) -> str | None:
        """How much of what is on record counts for nothing, since somebody else may have signed it."""
        number = len(self.view.in_doubt)
        return t.count("card.doubt", number) if number else None

    @property
    def sentence(self) -> str:
        """The answer as plain text."""
        return plain("; ".join(part.striptags() for part in self.answer)) + "."

    def kept_text(self, t: Tongue) -> tuple[str | None, str]:
        """The claim's text, with its language, for a copy that others keep. What of a private person is erased here would
        stay there, so such a copy has none of it."""
        if self.view.private:
            return None, t("card.private")
        tag, text = t.pick(self.view.text)
        return tag, plain(text)

    def kept_sentence(self, t: Tongue) -> str:
        """The same of the sentence: of a private person no names."""
        if not self.view.private:
            return self.sentence
        return "; ".join([t.word("headline", self.report.headline), *self.origins(t)]) + "."

    def origins(self, t: Tongue) -> list[str]:
        """How many origins each side has: whole ones by number, those that lean on another beside them."""
        return origins_of(self.report, t)


def card_of(ledger: Ledger, name: str, asked: Question, t: Tongue) -> Card:
    """Asked for at once and without the history, which a card has no use for."""
    sheet = sheet_in(t, ledger.claim_sheet(name, asked, _no_turn))
    return made_of(sheet.view, sheet.report, sheet.chain, asked, t)


@contextmanager
def _no_turn() -> Iterator[bool]:
    yield False


def made_of(view: ClaimView, report: Report, chain: ChainView, asked: Question, t: Tongue) -> Card:
    return Card(view, report, chain.names, answer_of(report, chain.names, t), may_show_numbers(report, view), asked)
