"""A blank card as it lies on the table: every field, room to write, its number and the line that enters it."""

from __future__ import annotations

from dispatch.services.paper_card import CARD_LINES, card_pages
from dispatch.services.paper_pdf import BOLD, PAGE_LINES, PAGE_WIDTH
from tests.support.centre import small_rules

LABELS = ("Tanggal, jam lapor", "Pelapor, nomor HP", "Kecamatan, desa", "Jalan, RT/RW", "Ciri, patokan",
          "Apa yang terjadi", "", "Korban, jebak, bahaya", "Jenis; penulis")
UNIT_LINE = "____________  ________________  ________________  ________________  ________________"


def test_a_card_has_every_field_and_its_number() -> None:
    pages = card_pages(7, 3, small_rules(), "id")
    assert [len(page) for page in pages] == [2 * CARD_LINES, CARD_LINES]
    assert len(pages[0]) <= PAGE_LINES
    for number, card in enumerate((pages[0][:CARD_LINES], pages[0][CARD_LINES:], pages[1]), 7):
        head, rule, *lines = card
        assert head.removeprefix(BOLD).split() == ["Kab.", "Uji", "KARTU", "KEJADIAN", f"M-{number:03d}"]
        assert (len(head), rule) == (len(BOLD) + PAGE_WIDTH, "-" * PAGE_WIDTH)
        assert lines == [
            *(line for label in LABELS for line in (f"{label:<22}" + "_" * (PAGE_WIDTH - 22), "")),
            "Prioritas   [ ] 1 nyawa terancam   [ ] 2 mendesak   [ ] 3 segera   [ ] 4 rutin",
            "Unit          dikirim           jalan             tiba              selesai",
            *("", UNIT_LINE) * 4,
            f"Sesudah sistem pulih:  n M-{number:03d} @JJ:MM kec jenis keterangan ; d unit M-{number:03d} @JJ:MM", "",
        ]


def test_a_card_of_an_exercise_cannot_be_taken_for_a_real_one() -> None:
    [[head, rule, *_]] = card_pages(7, 1, small_rules(), "en", training=True)
    assert head.startswith(BOLD + "EXERCISE - NOT REAL Test Regency   EVENT CARD")
    assert rule == "=" * PAGE_WIDTH
