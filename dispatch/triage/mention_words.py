"""Words around place names: what they make of the name that follows. Lists only."""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

VILLAGE_MARKS = frozenset("desa ds kelurahan kel kelurahane lurah balaidesa dusun dk dkh dukuh ngadesa village".split())
DISTRICT_MARKS = frozenset("kec kecamatan kcmtn kecmtn district".split())
REGENCY_MARKS = frozenset("kab kabupaten kota kotamadya kodya kabupten city".split())
NEAR_MARKS = frozenset(
    "di d nang ning neng nng ndek daerah wilayah sekitar dekat in at near kampung kp lokasi alamat "
    "jalan jl jln raya".split()
)
AWAY = frozenset(
    "arah arh jurusan jurusane jrsn menuju tujuan ke menyang maring mring tekan towards toward heading plat nopol "
    "trayek tumuju".split()
)
REQUESTS = frozenset(
    "tolong tlg tulung kirim kirimkan ngirim datang dateng dtg teka ambulan ambulans ambulance damkar pemadam polisi "
    "petugas cepat cepet cpt segera minta mohon butuh bantuan merapat meluncur please send come need".split()
)
"""'kirim ambulan ke X': X is the scene, unless somebody is on the way there or taken there."""
ON_THE_WAY = frozenset("mau pan arep akan sedang lagi sing yang pulang pergi going way dirujuk rujuk dibawa".split())
PEOPLE = frozenset("orang org warga wong wonge asal penduduk penghuni pemuda bocah remaja rombongan guru asli".split())
"""'warga X' says where somebody lives, 'rumah warga X' where the house stands."""
HOUSES = frozenset("rumah rmh umah umahe omah omahe rumahe warung toko sawah kandang di nang ning neng".split())
AFTER_MARKS = {
    "village": "desa", "district": "kec", "subdistrict": "kec", "sub": "", "regency": "regency", "city": "regency",
    "regencys": "regency", "kelurahan": "", "town": "regency",
}
"""English puts them behind the name: 'Kalisapu village'."""
DIRECTION_WORDS = {
    "wtn": "wetan", "wetn": "wetan", "wtan": "wetan", "kln": "kulon", "kuln": "kulon", "klon": "kulon", "kln2": "kulon",
    "kdl": "kidul", "kdul": "kidul", "kidl": "kidul", "lr": "lor", "brt": "barat", "brat": "barat", "tmr": "timur",
    "tmur": "timur", "timr": "timur", "utr": "utara", "utra": "utara", "slt": "selatan", "sltn": "selatan",
    "slatan": "selatan", "selatn": "selatan", "tgh": "tengah", "tengh": "tengah", "tngh": "tengah",
}
ORIGIN = frozenset("dari dr asal orang warga bus bis truk perbatasan kiriman sekang sekan saka sking from".split())
FROM = frozenset("dari dr sekang sekan saka sking from".split())
SCENE_STARTS = frozenset("dari di nang ning neng kejadian lokasi tkp sekang saka".split())
"""Words after which a new place begins: what stands before them says nothing about it."""
FACILITIES = frozenset(
    "rs rsud rsu rsia rsi puskesmas pkm polsek polres koramil polsekta stasiun terminal pasar psr masjid alun smp "
    "sma smk sd sdn smpn sman smkn mts man pt pabrik hotel kantor pos balai waduk jembatan tol spbu pom alfamart "
    "indomaret".split()
)
CARRIED = frozenset("dibawa dirujuk rujuk dilarikan diantar antar dianter ke menuju bawa dilarekna digawa".split())

ORDINARY = frozenset(
    "pada sama tengah balik lebih gara agak ganti panjang area kuning abang ati kanan juta raya ruang muda kopi teras "
    "bambu suruh ujung suka pager lawang tenda sewu bener watu sisi bali bola puluhan seberang bareng dukuh tenang "
    "bagus anyar susu tuwa tanda mangga gaji bakal tetap nasi asem beton mini jati ngumpul garing bunga lomba antara "
    "pura bata jambu semen bukit selang anah maju korek stadion limang pojok pisang lancar batas lele campur bukti "
    "kretek petak long janji pangkalan pelajaran jagung panti condong minggir kini negara jarum tanggung gampang balok "
    "batok rada tampak menang sela tambang jawa siku randu tanjakan pelabuhan puncak karang daya payung akar paku "
    "handuk semut sembilan buku pacul lereng dagangan pelat waris timbang palu jemur belik utama buru kebak kopong "
    "belang geser kenangan asam mampir adam walet jamu sasi tulis tugu lenga pertahanan besuk ayunan turunan jahitan "
    "ladang topi wayang perbatasan alasan ukir guna giling raja gilingan bendung gunting les kuningan patrol mandiri "
    "baja motong batik jarit timer larangan bumbung lumutan bulu pekat tarikan bantaran gemuruh bandara penurunan "
    "getas ketapang pandangan pasung sukarela web beringin bumbu derek panggul gajah berkah mainan semerap bahagia "
    "merpati tambahan kubur salam bulak jaya pusaran terik mate bangsal gandul salaman talok gembor mudik talang "
    "umbul jeruk longgar rongga lelang tumbal batuan gede uta permata pucung kaleng tembaga pendopo penataan telaga "
    "tempe mendung penggilingan kubu tegak siwalan lambai klapa pematang rakit keramat kacang tubes merak biting mawar "
    "lambung bajak darat belimbing blimbing kapas melati joglo kapur pesisir hulu tobat belah elok sawa era kuncir "
    "sisir gubug kawat umbar rendang suci jernih jinak kambang kukuh siren metro usul tapak bubuk sudirman lorong "
    "danger asuhan sasaran wangi taro mayang pancasila sanggar silat ikon harian sabet siluman sejahtera teladan "
    "pangkat done gantungan serat karya agung luwuk paguyuban penghulu periuk mutiara bayu gelora tepian pelangi pakis "
    "undi harapan sempurna kencana permai tunjungan mesjid masjid pasar baru lama aur hamdan genteng kampung kota "
    "pusat sungai sumur sumber pulau teluk tanjung muara air bandar gunung lembah sawah kebun rawa danau pinggir "
    "kuala simpang jembatan benteng gudang pondok tepi timur barat utara selatan hilir mulia makmur damai rukun "
    "sentosa jagalan braga melayu cina arab india pahlawan merdeka kemerdekaan kartini lapangan tangga mekar sari "
    "indah asri ratu putri dewi ibu bapak nenek kakak adik anak mawar anggrek kenanga cempaka flamboyan".split()
)
"""Ordinary words that are names of villages somewhere: there, too, only a place with a mark before them."""

COMMON = frozenset(
    "talang tarub kramat bojong curug kupu setu pacul cempaka kemuning gantungan pasangan babakan guci talok "
    "langgen traju carul capar bedug pesarean tamansari pener lengkong sindang grogol depok tembok jejeg blubuk "
    "kalimati penarukan".split()
)
"""Names of villages in Tegal that are also ordinary words: only a place when a mark stands before them."""
VERY_COMMON = frozenset(
    "pasangan gantungan kupu setu pacul bedug pener jejeg talok tembok langgen kalimati penarukan".split()
)

OTHER_COMMON = frozenset(
    "batu malang pati bima banjar sorong demak metro kaur agam lahat bone buru alor batang sigi bintan tual palu "
    "landak poso muna puncak kudus blora ende kapuas toba karo dairi belu sikka buol solok sabang kediri serang "
    "malaka asmat kendal bali papua banten aceh riau maluku lebak langsa padang mappi tapin paser berau wajo "
    "maros".split()
)


VAGUE_OTHER = frozenset("batu puncak landak bone lebak karo muna alor ende kaur toba".split())
"""Names of regencies that say nothing unless 'kota' or 'kabupaten' stands before them."""

PLAIN_WORDS = frozenset(
    "depan belakang jalan rumah pasar sekolah masjid daerah wilayah sekitar pinggir sebelah sungai sawah gunung "
    "karena dengan banjir kebakaran longsor listrik tetangga kampung perempatan pertigaan jembatan selatan "
    "kabupaten kecamatan kelurahan lapangan warung bengkel kantor pabrik samping seberang kemarin sekarang "
    "tersebut tempat terminal stasiun puskesmas bengkok sembarang pekarangan".split()
)
"""Never a slip of a village's name."""
