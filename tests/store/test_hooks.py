"""The operator's webhooks as each back end keeps them."""

from __future__ import annotations

from dataclasses import replace

from ledger.store.protocol import Hook, Store

HOOK = Hook(id="hook_b", url="https://hook.example/x", secret="whsec_c2VjcmV0", claim=None, told=7)


def test_hooks_come_back_as_they_were_kept_by_their_ids(store: Store) -> None:
    other = replace(HOOK, id="hook_a", claim=3, goal=9, cursor=4, failures=2, next_at=1_750_000_000, trouble="answered 500")
    for hook in (HOOK, other):
        store.add_hook(hook)
    assert store.hooks() == [other, HOOK]


def test_a_hook_is_changed_only_from_what_it_is(store: Store) -> None:
    store.add_hook(HOOK)
    leased = replace(HOOK, next_at=5)
    assert store.change_hook(HOOK, leased)
    assert not store.change_hook(HOOK, replace(HOOK, told=8))
    assert store.change_hook(leased, replace(leased, trouble="answered 500", failures=1, stopped=True))
    assert store.hooks() == [replace(leased, trouble="answered 500", failures=1, stopped=True)]


def test_what_is_removed_is_gone(store: Store) -> None:
    store.add_hook(HOOK)
    assert store.remove_hook(HOOK.id)
    assert not store.remove_hook(HOOK.id)
    assert store.hooks() == []
