"""The picture of a claim: what it says, in every script, and that it cannot be made to take long."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from api.drawing import fonts, preview
from api.drawing.setting import clean, fitted, is_rtl, width_of
from api.pages.card import card_of
from api.pages.language import tongue
from ledger.operations import NOW
from tests.api.newsroom import ORIGIN, Newsroom, claim_record
from tests.conftest import _missing

SCRIPTS = {
    "ko": "북한이 러시아를 위해 싸우도록 군대를 보냈다",
    "ru": "Северная Корея отправила войска",
    "ar": "أرسلت كوريا الشمالية أكثر من 10,000 جندي (2024) إلى Russia.",
    "he": "צפון קוריאה שלחה חיילים (2024)",
    "th": "เกาหลีเหนือส่งทหารไปรบเพื่อรัสเซีย",
    "zh": "朝鲜向俄罗斯派遣了超过一万名士兵参加库尔斯克地区的战斗",
    "ja": "北朝鮮はロシアに部隊を派遣した",
    "hi": "उत्तर कोरिया ने सैनिक भेजे",
    "de": "Nordkorea schickte Truppen – „über 10.000“",
}
LINE = {"width": 1_072, "sizes": (50, 34), "most": 4, "bold": True}


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> None:
    names = {one.name for one in fonts.families()}
    wanted = {"NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansThai", "NotoSansDevanagari", "NotoSansCJK"}
    if not wanted <= names or not fonts.shapes_words():
        _missing("no fonts: Debian's fonts-noto-core, fonts-noto-cjk and libfribidi0")


def image(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


def planned(room: Newsroom, text: str, lang: str = "en") -> preview.Plan:
    record = {"kind": "claim", "type": "event", "text": {lang: text}}
    claim = room.add(f"picture {text[:20]}", record)
    t = tongue("en")
    return preview.plan(card_of(room.ledger, claim, NOW, t), t, ORIGIN)


def test_it_is_a_png_of_the_size_that_is_asked_for(room: Newsroom) -> None:
    for query, size in (("", (1200, 630)), ("?width=600", (600, 315)), ("?width=300&lang=de", (300, 158))):
        response = room.http.get(f"/claims/{room.ids['claim']}/card.png{query}")
        assert response.headers["content-type"] == "image/png"
        assert (image(response.content).format, image(response.content).size) == ("PNG", size)
        assert len(response.content) < 80_000
    assert room.http.get(f"/claims/{room.ids['claim']}/card.png?width=5000").status_code == 422


def test_it_says_the_claim_how_it_stands_and_where_it_is_from(room: Newsroom) -> None:
    t = tongue("en")
    shown = preview.plan(card_of(room.ledger, room.ids["claim"], NOW, t), t, ORIGIN)
    for words in (
        "North Korea sent troops",
        "A single origin for it",
        "1 independent origin for it",
        ORIGIN,
        "not that it is true",
    ):
        assert words in shown.text
    assert shown.bar is None


@pytest.mark.parametrize("lang", SCRIPTS)
def test_every_script_is_set_whole_with_fonts_that_have_it(room: Newsroom, lang: str) -> None:
    shown = planned(room, SCRIPTS[lang], lang)
    said = [
        one.line for one in shown.words if one.style.bold and one.style.size >= 34 and one.y > 100 and one.style.lang == lang
    ]
    assert "".join(line.text.replace(" ", "") for line in said) == SCRIPTS[lang].replace(" ", "")
    assert all(run.family.has(sign) for line in said for run in line.runs for sign in run.text)
    assert {line.rtl for line in said} == {lang in ("ar", "he")}
    assert all(line.width <= 1_072 for line in said)


def test_arabic_letters_are_joined_and_begin_at_the_right(room: Newsroom) -> None:
    word = "قوات"
    (run,) = fonts.runs(word) or []
    font = run.family.font(50, bold=True, lang="ar")
    assert font.getlength(word) < sum(font.getlength(letter) for letter in word) * 0.95
    drawn = image(preview.picture(planned(room, "قوات كورية", "ar"))).convert("L")
    right, left = drawn.crop((1_000, 105, 1_140, 230)), drawn.crop((60, 160, 200, 230))
    assert right.getextrema()[0] < 100
    assert left.getextrema()[0] > 200


def test_a_word_that_no_font_has_is_left_out_and_not_drawn_as_boxes(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    latin = [one for one in fonts.families() if one.name == "NotoSans"]
    monkeypatch.setattr(fonts, "families", lambda: latin)
    shown = planned(room, "군대 sent")
    assert "군대" not in shown.text
    assert "Claim " in shown.text
    assert fonts.runs("ok 😀") is not None
    monkeypatch.setattr(fonts, "families", list)
    assert planned(room, "none at all").words == ()
    assert image(preview.picture(planned(room, "none at all"))).size == (1200, 630)


def test_without_a_shaper_what_needs_one_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "shapes_words", lambda: False)
    assert fonts.runs(SCRIPTS["ar"]) is None
    assert fonts.runs(SCRIPTS["ko"]) is not None


HOSTILE = (
    "W" * 2_000,
    "a " * 999 + "a",
    "字" * 2_000,
    "أ" * 2_000,
    "a" + "\u0316" * 1_999,
    "\u2067" * 1_000 + "x",
    "<b>&amp;\u202ex",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_cut_and_takes_no_time(text: str) -> None:
    fitted("warm", **LINE, lang="en")  # type: ignore[arg-type]  # a table of arguments
    before = time.thread_time()
    lines, _ = fitted(text, **LINE, lang="en")  # type: ignore[arg-type]
    assert time.thread_time() - before < 0.5
    assert 1 <= len(lines) <= 4
    assert all(line.width <= 1_072 for line in lines)
    assert not set("\u2067\u202e\u0000") & set("".join(line.text for line in lines))


def test_ten_thousand_signs_are_not_looked_at() -> None:
    assert len(clean("x" * 10_000)) <= 602
    assert len(clean("\u0316" * 10_000)) <= 602
    assert clean("a\x00\x1b[31m\u202eb\nc") == "a[31mb c"


def test_the_direction_is_that_of_the_first_letter() -> None:
    assert [is_rtl(one) for one in ("2024 قوات", "a قوات", "123", "")] == [True, False, False, False]


def test_the_same_picture_is_painted_once_and_few_are_kept(room: Newsroom) -> None:
    preview.picture.cache_clear()
    for _ in range(3):
        room.http.get(f"/claims/{room.ids['claim']}/card.png")
    assert preview.picture.cache_info().misses == 1
    assert preview.picture.cache_info().maxsize == preview.KEPT


def test_painting_is_quick_once_fonts_are_open(room: Newsroom) -> None:
    shown = planned(room, SCRIPTS["zh"], "zh")
    preview.picture.__wrapped__(shown)
    before = time.thread_time()
    preview.picture.__wrapped__(shown)
    assert time.thread_time() - before < 0.25  # 40 ms on a machine that does nothing else


def test_a_line_is_as_wide_as_its_runs() -> None:
    from api.drawing.setting import Style

    style = Style(40, False, "en")
    assert width_of("군대 sent", style) == pytest.approx(width_of("군대 ", style) + width_of("sent", style), abs=2)


def test_a_claim_in_two_languages_is_set_in_the_readers(room: Newsroom) -> None:
    claim = room.add("two tongues", claim_record("The dam broke", de="Der Damm brach"))
    t = tongue("de")
    assert "Der Damm brach" in preview.plan(card_of(room.ledger, claim, NOW, t), t, ORIGIN).text
