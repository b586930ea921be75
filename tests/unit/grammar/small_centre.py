"""A small centre for the grammar's tests: the same shapes as the real one, far fewer words."""

from __future__ import annotations

from dispatch.grammar import Vocabulary
from dispatch.wire import CentreRow, TypeLabel

CENTRE = CentreRow(
    code="33.28", name="Kabupaten Tegal", timezone="Asia/Jakarta", mode="live",
    districts={"SLW": "Slawi", "ADW": "Adiwerna", "TLG": "Talang", "BJG": "Bojong"},
    types={
        "fire": TypeLabel(short="KBK", labels={"id": "Kebakaran", "en": "Fire"}, subtypes={
            "building": {"id": "rumah", "en": "building", "short": "RMH"},
            "land": {"id": "lahan", "en": "land"},
        }),
        "medical": TypeLabel(short="MED", labels={"id": "Medis", "en": "Medical"}, subtypes={
            "cardiac_arrest": {"id": "henti jantung", "en": "cardiac arrest"},
        }),
        "power": TypeLabel(short="LIS", labels={"id": "Listrik", "en": "Power"}),
    },
    agencies={"fire": {"id": "Damkar", "en": "Fire brigade"}, "pln": {"id": "PLN", "en": "PLN"}},
    dispositions={"sls": {"id": "selesai", "en": "done"}, "palsu": {"id": "laporan palsu", "en": "false report"}},
)
VOCABULARY = Vocabulary.of(CENTRE)
