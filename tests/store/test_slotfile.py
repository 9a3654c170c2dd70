"""The head's file: whatever is cut short or rots in one place, what was kept before it, or after it, is what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import StoreError
from ledger.store.headfile import HeadFile
from ledger.store.slotfile import SlotFile

PLACE = 16_384


@pytest.fixture
def file(tmp_path: Path) -> SlotFile:
    return SlotFile(tmp_path / "head")


def test_what_was_kept_last_is_read(file: SlotFile) -> None:
    assert file.read() is None
    for content in (b"one", b"two\n" * 1_000, b"", b"four"):
        file.replace(content)
        assert file.read() == content
        assert SlotFile(file.path).read() == content
    assert file.path.stat().st_size == 2 * PLACE
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.path.parent.iterdir()] == ["head"]


@pytest.mark.parametrize("kept", [2, 3])
def test_a_write_that_is_cut_short_anywhere_leaves_what_was_kept_before(file: SlotFile, kept: int) -> None:
    for number in range(kept):
        file.replace(b"head number %d" % number)
    before = file.path.read_bytes()
    file.replace(b"the next head, which is longer")
    after = file.path.read_bytes()
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed
    for at in changed:
        file.path.write_bytes(after[:at] + before[at:])
        assert file.read() == b"head number %d" % (kept - 1)
        file.replace(b"again")
        assert file.read() == b"again"
    file.path.write_bytes(after)
    assert file.read() == b"the next head, which is longer"


def test_a_file_with_no_whole_place_is_read_as_it_is_and_replaced_whole(file: SlotFile) -> None:
    file.replace(b"one")
    damaged = file.path.read_bytes().replace(b"one", b"two")
    file.path.write_bytes(damaged)
    assert file.read() == damaged
    file.replace(b"three")
    assert file.read() == b"three"


def test_a_file_of_before_there_were_places_is_read_and_goes_on(file: SlotFile) -> None:
    HeadFile(file.path).replace(b"ledger.example\n3\n")
    assert file.read() == b"ledger.example\n3\n"
    file.replace(b"ledger.example\n4\n")
    assert file.read() == b"ledger.example\n4\n"


def test_what_has_no_room_is_refused_and_nothing_is_lost(file: SlotFile) -> None:
    file.replace(b"one")
    with pytest.raises(StoreError, match="has room for 16384 bytes"):
        file.replace(b"x" * PLACE)
    assert file.read() == b"one"


def test_a_link_is_not_written_through(file: SlotFile, tmp_path: Path) -> None:
    file.replace(b"one")
    file.path.rename(tmp_path / "elsewhere")
    file.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="cannot be written"):
        file.replace(b"two")
    assert file.read() == b"one"
