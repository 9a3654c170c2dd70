"""Real sentences to quote: headlines of the shared sample where it is there, and the pages of docs/ in any case."""

from __future__ import annotations

import csv
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SAMPLE = REPOSITORY.parent / "shared" / "data" / "ucdp-ged-sample" / "ucdp_ged_sample_1000.csv"
ELSEWHERE = [
    "Nordkorea hat nach Angaben aus Seoul mehr als 10.000 Soldaten an die russische Grenze verlegt.",
    "Der Sprecher des Kremls bestätigte am Montag erstmals, dass nordkoreanische Soldaten in Kursk gekämpft haben.",
    "„Wir haben davon keine Kenntnis“, sagte die Sprecherin, „und werden uns dazu nicht äußern.“",
    "북한은 러시아를 위해 싸울 병력을 파병했다고 연합뉴스가 28일 보도했다.",
    "국가정보원은 북한군 사상자가 약 4,700명에 이른다고 국회에 보고했다.",
    "قال المتحدث باسم الوزارة إن القوات لم تعبر الحدود يوم الثلاثاء الماضي.",
    "أعلنت الحكومة أن أكثر من عشرة آلاف جندي وصلوا إلى المنطقة خلال شهر أكتوبر.",
    "Міністерство оборони повідомило, що 12 серпня було збито три безпілотники над областю.",
    "Пхеньян впервые официально подтвердил отправку войск, сообщает южнокорейское агентство.",
    "השר אמר ביום ראשון כי ההסכם נחתם בלי תנאים מוקדמים בין שני הצדדים.",
    "朝鮮中央通信は二十八日、ロシアへの派兵を初めて公式に認めたと伝えた。",
    "Le porte-parole a démenti « toute livraison d’armes » à la Russie depuis le mois d’août.",
]


def sentences() -> list[str]:
    """Each once, in one order; long enough that none is part of another by chance."""
    found = [*ELSEWHERE, *_of_pages(), *_headlines()]
    plain = [re.sub(r"\s+", " ", one).strip() for one in found]
    return list(dict.fromkeys(one for one in plain if len(one) >= 30 and (len(one.split()) >= 7 or not one.isascii())))


def sections() -> list[str]:
    """What stands together: three to twelve neighbouring sentences, as whoever quotes a whole section has them."""
    found, whole, at = sentences(), [], 0
    while at + 3 <= len(found):
        length = 3 + len(whole) % 10
        whole.append(" ".join(found[at : at + length]))
        at += length
    return whole


def _of_pages() -> list[str]:
    found: list[str] = []
    for page in sorted((REPOSITORY / "docs").glob("*.md")):
        prose = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        for paragraph in prose.split("\n\n"):
            if paragraph.strip()[:1] not in ("|", "#", "-", "", ">"):
                found += re.split(r"(?<=[.!?])\s+(?=[A-Z])", paragraph.strip())
    return found


def _headlines() -> list[str]:
    if not SAMPLE.exists():
        return []
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return [part for row in csv.DictReader(file) for part in row["source_headline"].split(";")]
