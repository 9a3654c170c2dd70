"""The index of words is held against the rows that were put into it."""

from __future__ import annotations

from ledger.store.protocol import Store
from tests.store.building import add, entry, projection


def test_what_can_be_found_is_found_and_what_was_never_put_in_is_not(store: Store) -> None:
    texts = [["it", "rained", "=whole"], ["Ünder", "it", "_it_rained", "it's"], ["비가", "왔다"], []]
    add(store, *(entry(kind="claim", projected=projection(terms=terms, languages=["en", "zh-Hant"])) for terms in texts))
    with store.reading() as snapshot:
        rows = list(snapshot.all_words())
        assert [row[0] for row in rows] == [0, 1, 2, 3]
        assert snapshot.finder().unfound(rows) == []
        in_portions = snapshot.finder()
        assert [in_portions.unfound([row]) for row in rows] == [[], [], [], []]
        others = [(index, kind, (*words, "neverputin-longerthananyother"), languages) for index, kind, words, languages in rows]
        assert snapshot.finder().unfound(others) == [0, 1, 2, 3]
        strangers = [(index, "source", words, languages) for index, _, words, languages in rows[:3]]
        assert snapshot.finder().unfound(strangers) == [0, 1, 2]
        assert snapshot.finder().unfound([(9, "claim", ("it",), ())]) == [9], "a row that is not there"
