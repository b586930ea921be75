"""A whole shift in line mode: every verb of the command language as it is typed, one result line for each.

The server and the line mode are processes; the numbers of the incidents are the only thing filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.line.reads import PAGE_WORDS
from dispatch.grammar import find_verb
from dispatch.grammar.verb import VERBS, names_of
from tests.support.outside import Outside
from tests.support.server import Server, server_in

SHIFT = (
    # what is typed, what its result line says ({a} {b} {c}: the incidents)
    ("n slw kbk pasar trayeman", r"OK \d{4} dibuat: Kebakaran.* P2"),
    ("l mushola al ikhlas dukuhsalam", r"OK \d{4} LOKASI .*Dukuhsalam, Slawi"),
    ("d a01 p12 {a}", r"OK KIRIM A01, P12 -> {a}"),
    ("d .", r"OK KIRIM .+ -> \d{4}"),
    ("d .", r"GAGAL Semua instansi untuk \d{4} sudah dikirim\."),
    ("de p07 {b}", r"OK KIRIM P07 -> {b}"),
    ("dl p14 {b}", r"OK KIRIM P14 -> {b}"),
    ("d a02 a06 {b}", r"OK KIRIM A02, A06 -> {b}"),
    ("e a02", r"OK A02 -> JALAN {b}"),
    ("a a02 p07", r"OK A02, P07 -> LOKASI {b}"),
    ("t a06 rsud suradadi", r"OK A06 -> ANTAR rsud suradadi {b}"),
    ("h a06", r"OK A06 -> TUJUAN {b}"),
    ("c a06", r"OK A06 SIAP \(dari {b}\)"),
    ("c a06", r"GAGAL A06 tidak sedang di insiden\."),
    ("w p12 {a}", r"OK P12 DITARIK dari {a}"),
    ("x a02 {b}>{a} !henti jantung", r"OK A02 DIPINDAH dari {b} ke {a}"),
    ("x a02 {b}>{a} !henti jantung", r"GAGAL A02 sudah di {a}\."),
    ("b {b} 1d 1a", r"OK KIRIM D0\d, A0\d -> {b}"),
    ("v {a}", r"OK \d+ baris"),
    ("r api tembus atap", r"OK {a} dicatat"),
    ("p 1", r"OK {a} PRIORITAS 1"),
    ("p 4", r"GAGAL Menurunkan prioritas perlu alasan.*"),
    ("p 4 !hanya asap dapur", r"OK {a} PRIORITAS 4"),
    ("j kbk-rmh", r"OK {a} JENIS Kebakaran .*"),
    ("g {c}>{b}", r"TANYA GABUNG {c} ke {b}\?.*"),
    ("ya", r"OK {c} DIGABUNG ke {b}"),
    ("g -{c}", r"OK {c} dipisahkan lagi"),
    ("z {c} 15:00 cek dlh", r"OK {c} DITAHAN sampai 15:00( .*)?"),
    ("k sls {a}", r"GAGAL .*A0\d.* masih di {a}\. .*"),
    ("k sls {c}", r"TANYA TUTUP {c} P2 .*"),
    ("ya", r"OK {c} DITUTUP \(selesai\)"),
    ("bukalagi {c}", r"OK {c} DIBUKA LAGI"),
    ("o a07 15:10 ban", r"OK A07 OFF ban s/d 15:10"),
    ("y a07", r"OK A07 .*OFF.*tidak diusulkan\. ban s/d 15:10"),
    ("i a07 kru4", r"OK A07 SIAP kru 4"),
    ("m p07 tunggu bantuan", r"OK pesan ke P07 .*"),
    ("m @spv minta bantuan", r"OK pesan ke @spv .*"),
    ("{b}", r"OK \d+ baris"),
    ("a02", r"OK 1 baris"),
    ("f trayeman 7hr", r"OK [1-9]\d* hasil.*"),
    ("q tlg p2", r"OK [1-9]\d* baris"),
    ("q", r"OK [3-9] baris"),
    ("y {a}", r"OK KENAPA {a}: Kebakaran.*"),
    ("r dua kata; dan titik koma", r"OK {b} dicatat"),
    ("p 1; r dan satu lagi", r"OK {b} PRIORITAS 1"),
    ("u", r"GAGAL .*tidak bisa diurungkan.*"),
    ("p 3 !hanya asap dapur", r"OK {b} PRIORITAS 3"),
    ("u", r"OK PRIO {b} diurungkan"),
    ("d z99 {a}", r"GAGAL z99 tidak dikenal di sini.*"),
    ("kirin a01", r"GAGAL .*[Mm]aksud.*"),
    ("d ?", r"OK .*"),
)
WORDS = frozenset(word for verb in VERBS for word in names_of(verb))
SECOND_RESULTS = {"p 1; r dan satu lagi": r"OK {b} dicatat"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_in(tmp_path_factory.mktemp("line")) as running:
        yield running.start()


def talk(server: Server, lines: str, *options: str) -> tuple[int, list[str]]:
    said = server.command(
        "console", "--line", "--server", server.url, "--token-file", str(server.owner_file), *options, words=lines,
        cwd=server.folder,
    )
    assert said.stderr == ""
    return said.returncode, said.stdout.splitlines()


def test_every_verb_of_the_language_gets_its_result(server: Server) -> None:
    with Outside(server) as centre:
        a = centre.done("n tlg kbk dapur desa pesayangan")["incident"]
        centre.sms("tabrakan motor di Jalan Raya Adiwerna, korban patah tulang", "+6285711110002")
        b = centre.incident_about("tabrakan motor")["number"]
        centre.sms("pohon tumbang menutup jalan di Desa Bojong", "+6285711110003")
        c = centre.incident_about("pohon tumbang")["number"]
        numbers = {"a": a, "b": b, "c": c}
        code, said = talk(server, "".join(f"{typed.format(**numbers)}\n" for typed, _ in SHIFT))
        wanted = []
        for typed, pattern in SHIFT:
            wanted += [pattern, SECOND_RESULTS[typed]] if typed in SECOND_RESULTS else [pattern]
        results = [line for line in said if not line.startswith("  ")]
        for pattern, result in zip(wanted, results, strict=False):
            filled = re.sub(r"\{([abc])\}", lambda found: str(numbers[found[1]]), pattern)
            assert re.fullmatch(filled, result), "\n".join(results)
        assert len(results) == len(wanted)
        assert code == 1, "some lines were refused on purpose"
        assert centre.detail(b)["incident"]["seen_by"], "reading it was opening it"
        unit = next(row for row in centre.board()["units"] if row["call_sign"] == "A07")
        assert (unit["crew"], unit["status"]) == (4, "available")


REST = (
    # the verbs the shift above does not need, with a call or an alarm that is not there: refused, never a traceback
    ("buka {a}", "OK"), ("benar {a}", "OK"), ("salah {a} !sudah bernapas", "OK"), ("korban {a} 2 luka", "OK"),
    ("jawab #999", "GAGAL"), ("tutuptelp", "GAGAL"), ("tahan", "GAGAL"), ("bisukan", "GAGAL"),
    ("alihkan @budi", "GAGAL"), ("konferensi p07", "GAGAL"), ("dengar #999", "GAGAL"), ("bimbing #999", "GAGAL"),
    ("buang 1", "GAGAL"), ("ketuk", "GAGAL"), ("istirahat", "OK"), ("sedia", "OK"), ("senyap {a}", "OK"),
    ("bunyi {a}", "OK"), ("akui #999", "GAGAL"), ("tunda #999 10m radio mati", "GAGAL"), ("st", "OK"),
    ("st @budi", "TANYA"), ("tinjau", "OK"), ("piket", "OK"), ("pisah {a} 2", "GAGAL"),
    # the pages
    ("rincian {a}", "OK"), ("rincian 3", "OK"), ("kartu {a}", "OK"), ("unit slawi", "OK"), ("telepon", "OK"),
    ("alarm", "OK"), ("meja", "OK"), ("peta", "OK"), ("peta slw", "OK"), ("audit ins:{a}", "OK"),
    ("audit lagi", "GAGAL"), ("audit op:root simpan", "OK"), ("audit siapa", "GAGAL"), ("tema", "GAGAL"),
)


def test_the_other_verbs_and_every_page_end_in_one_line(server: Server) -> None:
    typed = {word for line, _ in (*SHIFT, *REST) for part in line.split(";") for word in part.split()[:1]}
    spoken = {find_verb(word).name for word in typed if word[:1].isalpha() and word not in PAGE_WORDS and word in WORDS}
    assert {verb.name for verb in VERBS} <= spoken | {"help"}, "every verb is typed somewhere here"
    with Outside(server) as centre:
        centre.sms("bapak saya tidak napas di desa Kalisapu Slawi", "+6285711110012")
        number = centre.incident_about("tidak napas")["number"]
    lines = "".join(f"{line.format(a=number)}\n" + "\n" * (line == "st @budi") for line, _ in REST)
    _, said = talk(server, lines)
    results = [line for line in said if not line.startswith("  ")]
    cancelled = results.pop([line for line, _ in REST].index("st @budi") + 1)
    assert cancelled.startswith("GAGAL dibatalkan")
    for (line, word), result in zip(REST, results, strict=True):
        assert result.startswith(f"{word} "), (line, result)
    assert not [line for line in said if re.search("[\u2500-\u257f]", line)], "no box is drawn"
    [file] = server.folder.glob("kentongan-audit-*.csv")
    assert [line for line in results if f"baris di {file}; rantai OK" in line]


def test_english_labels_and_the_same_commands(server: Server) -> None:
    code, said = talk(server, "new slw kbk\nkirim z99\nquit\n", "--lang", "en")
    assert code == 1
    assert re.fullmatch(r"OK \d{4} created: Fire P2", said[0])
    assert "z99 is not known here" in said[1]


def test_nothing_from_outside_steers_the_terminal(server: Server) -> None:
    with Outside(server) as centre:
        centre.sms("kebakaran \x1b[2J\x1b]0;x\x07 di Desa Kalisapu \u202e slawi", "+6285711110009")
        number = centre.incident_about("Kalisapu")["number"]
    code, said = talk(server, f"v {number}\nf kalisapu\n")
    assert code == 0
    assert any("^[" in line for line in said)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", "".join(said))


def test_no_seat_is_a_usage_error_and_no_server_too(server: Server, tmp_path: Path) -> None:
    nobody = Server(tmp_path).command("console", "--line", words="v 1\n")
    assert nobody.returncode == 2
    away = server.command("console", "--line", "--server", "http://127.0.0.1:1", "--token-file",
                          str(server.owner_file), words="v 1\n")
    assert (away.returncode, away.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("command", ["console", "wall"])
def test_a_full_screen_without_a_terminal_is_one_line_and_code_2(server: Server, command: str) -> None:
    said = server.command(command, "--server", server.url, "--token-file", str(server.owner_file))
    assert (said.returncode, said.stdout) == (2, "")
    assert "console --line" in said.stderr
    assert said.stderr.count("\n") == 1
