"""Words of eight languages in six scripts, enough for sentences that look like claims to an index."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    code: str
    country: str
    between: str
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]

    def join(self, words: list[str]) -> str:
        return self.between.join(words)


def _language(code: str, country: str, nouns: str, verbs: str, between: str = " ") -> Language:
    return Language(code, country, between, tuple(nouns.split()), tuple(verbs.split()))


LANGUAGES = (
    _language(
        "en",
        "US",
        "troops ministry president border convoy missile agency parliament treaty village witnesses soldiers hospital bridge "
        "sanctions factory ceasefire embassy governor satellite drone refinery harbour election "
        "prisoners grain reactor budget "
        "railway spokesman commission army navy pipeline court police union council minister delegation airport warehouse",
        "sent struck denied seized signed evacuated shelled approved withdrew released detained crossed announced rejected",
    ),
    _language(
        "de",
        "DE",
        "Truppen Ministerium Präsident Grenze Konvoi Rakete Behörde Bundestag Vertrag Dorf "
        "Zeugen Soldaten Krankenhaus Brücke "
        "Sanktionen Fabrik Waffenruhe Botschaft Gouverneur Satellit Drohne Raffinerie Hafen Wahl Gefangene Getreide Reaktor "
        "Haushalt Bahnstrecke Sprecher Kommission Heer Marine Leitung Gericht Polizei Bündnis "
        "Rat Minister Delegation Flughafen",
        "entsandte traf bestritt beschlagnahmte unterzeichnete räumte beschoss billigte verließ entließ verhaftete überquerte",
    ),
    _language(
        "ru",
        "RU",
        "войска министерство президент граница колонна ракета агентство парламент договор деревня "
        "свидетели солдаты больница мост "
        "санкции завод перемирие посольство губернатор спутник беспилотник порт выборы пленные зерно реактор бюджет дорога "
        "представитель комиссия армия флот трубопровод суд полиция союз совет министр делегация аэропорт склад",
        "направили ударили опровергли захватили подписали эвакуировали обстреляли одобрили отвели освободили задержали",
    ),
    _language(
        "uk",
        "UA",
        "війська міністерство президент кордон колона ракета агентство парламент договір село свідки солдати лікарня міст "
        "санкції завод перемирʼя посольство губернатор супутник безпілотник порт вибори полонені зерно реактор бюджет дорога "
        "речник комісія армія флот трубопровід суд поліція союз рада міністр делегація летовище склад",
        "надіслали вдарили заперечили захопили підписали евакуювали обстріляли схвалили відвели звільнили затримали",
    ),
    _language(
        "ko",
        "KR",
        "군대 정부 대통령 국경 호송대 미사일 통신 의회 조약 마을 목격자 병사 병원 다리 제재 공장 휴전 대사관 지사 위성 무인기 "
        "항구 "
        "선거 포로 곡물 원자로 예산 철도 대변인 위원회 육군 해군 송유관 법원 경찰 동맹 이사회 장관 대표단 공항 창고",
        "보냈다 공격했다 부인했다 압수했다 서명했다 대피시켰다 포격했다 승인했다 철수했다 석방했다 체포했다",
    ),
    _language(
        "zh",
        "CN",
        "军队 政府 总统 边境 车队 导弹 通讯社 议会 条约 村庄 目击者 士兵 医院 大桥 制裁 工厂 停火 大使馆 州长 卫星 无人机 港口 "
        "选举 战俘 粮食 反应堆 预算 铁路 发言人 委员会 陆军 海军 管道 法院 警察 联盟 理事会 部长 代表团 机场 仓库",
        "派遣 袭击 否认 没收 签署 疏散 炮击 批准 撤离 释放 拘留 越过 宣布 拒绝",
        between="",
    ),
    _language(
        "ar",
        "EG",
        "قوات وزارة رئيس حدود قافلة صاروخ وكالة برلمان معاهدة قرية شهود جنود مستشفى جسر عقوبات "
        "مصنع هدنة سفارة محافظ قمر طائرة "
        "ميناء انتخابات أسرى حبوب مفاعل ميزانية سكة متحدث لجنة جيش بحرية أنبوب محكمة شرطة اتحاد مجلس وزير وفد مطار مخزن",
        "أرسلت قصفت نفت صادرت وقعت أخلت هاجمت أقرت انسحبت أفرجت اعتقلت عبرت أعلنت رفضت",
    ),
    _language(
        "fr",
        "FR",
        "troupes ministère président frontière convoi missile agence parlement traité village témoins soldats hôpital pont "
        "sanctions usine trêve ambassade gouverneur satellite drone raffinerie port élection "
        "prisonniers céréales réacteur budget "
        "gare commission armée marine oléoduc tribunal police union conseil ministre délégation aéroport entrepôt",
        "envoya frappa démentit saisit signa évacua bombarda approuva retira libéra arrêta franchit annonça rejeta",
    ),
)
