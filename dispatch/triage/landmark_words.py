"""Words of landmarks: what one begins with, what belongs to its name, and what ends it. Lists only."""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

BESIDE = frozenset(
    "depan dpn dpan ngarep belakang blkg blakang mburi sebelah sblh samping dekat dkt deket cedek seberang sebrang "
    "pinggir".split()
)
BESIDE_ENGLISH = {"near": (), "behind": (), "beside": (), "opposite": (), "in": ("front", "of"), "next": ("to",)}
CROSSINGS = frozenset("pertigaan prtigaan pertelon perempatan prapatan simpang".split())
STREETS = frozenset("jl jln".split())
"""Always begin a name; the whole word 'jalan' is more often the road itself, or a walk."""
LANES = frozenset("gang gg".split())
SCHOOLS = frozenset("sd sdn smp smpn sma sman smk smkn".split())
"""Followed by a number or a name in capitals; 'smp' is also 'sampai', 'sd' also 'until'."""
FACILITIES = frozenset(
    "pasar psr masjid mesjid mushola musholla spbu terminal stasiun jembatan waduk pantai perum perumahan ponpes "
    "rsud rs puskesmas pabrik lapangan".split()
)
PAIRS = {"pom": "bensin", "alun": "alun", "balai": "desa", "pondok": "pesantren"}
THINGS = (
    FACILITIES
    | SCHOOLS
    | frozenset(
        "pom alun balai pondok balaidesa langgar gereja vihara klenteng sekolah sekolahan mts man tk paud kampus "
        "universitas pesantren madrasah pkm posyandu klinik apotek apotik bank bri bni bca atm kantor polsek polres "
        "koramil kodim pendopo halte pos poskamling gudang bengkel toko warung warteg restoran resto cafe kafe kios "
        "konter ruko mall mal supermarket minimarket indomaret alfamart alfamidi hotel penginapan komplek kompleks "
        "apartemen rusunawa rusun gor stadion taman kolam makam kuburan kreteg bendungan sungai kali irigasi rel "
        "palang perlintasan tol gapura tugu monumen patung pertamina pelabuhan dermaga tpi tambak samsat lapas "
        "pengadilan pdam pln telkom gardu gedung".split()
    )
)
THINGS_ENGLISH = frozenset(
    "school mosque church market station bridge shop store hospital clinic office park hotel bank factory river "
    "field gate tower mall beach pharmacy restaurant cafe warehouse stadium cemetery terminal harbour harbor pasar "
    "masjid alfamart indomaret".split()
)
QUALIFIERS = frozenset(
    "barat timur utara selatan tengah lor kidul kulon wetan raya baru lama besar agung indah permai asri regency "
    "negeri islam muhammadiyah al at as ar an nurul baitul blok desa bensin".split()
)
STREET_NAMES = frozenset(
    "ahmad achmad yani sudirman jendral jenderal kartini diponegoro gajah mada hayam wuruk pemuda merdeka pahlawan "
    "veteran mawar melati anggrek dahlia kenanga cempaka teratai flamboyan merpati garuda rajawali merak pancasila "
    "proklamasi kemerdekaan letjen mayjen mayjend suprapto gatot subroto soekarno sukarno hatta imam bonjol teuku "
    "umar cokroaminoto wahid hasyim dewi sartika samudra merapi merbabu slamet sindoro sumbing werkudoro arjuna "
    "bima semeru kh dr prof".split()
)
TITLES = frozenset("pak bu bpk ibu haji mbah mbok cak kang wa".split())
"""Between a thing and its owner's name: 'warung pak udin'. At the end it is only an address to the listener."""
ADDRESS_AFTER = frozenset("rt rw no nomor desa ds kel kelurahan kec kecamatan kab".split())
AT = frozenset("di d nang ning neng lokasi alamat tkp in on at".split())
TOWARDS = frozenset("dibawa dirujuk arah menuju dilarikan jurusan ke".split())
ENDS = frozenset(
    "lebar sempit kecil buntu gelap rame ramai "
    "ada ana tolong tlg sudah sdh udah wis wes yang yg karena krn karna akibat terjadi kebakaran banjir mohon dan "
    "tapi tp sampai smp lagi lg masih msh esih orang wong warga teman temen anak mobil motor truk kendaraan api "
    "pohon mati rusak kobong tabrakan kecelakaan tenggelam rumah saya sy kami kita aku gue gua mereka dia kalian "
    "tidak tdk gak ga nggak ngga ora bukan belum blm cepat cepet segera untuk utk agar supaya are is there has "
    "have please kec kecamatan ds kel kelurahan kab kabupaten rt rw no nomor arah jurusan setiap tiap dari dengan "
    "dgn dg lampu ini itu tersebut tsb berlubang macet longsor tumbang parah akan mau juga dibawa ke menuju di d "
    "nang ning neng sama atau ataupun serta tanpa antar antara hampir kaki banyak sangat sekali sering selalu "
    "kurang lebih sekitar kira sejak tadi siang pagi sore malam subuh kemarin kemaren besok sekarang hari jam "
    "pukul bulan tahun bisa harus hrs ingin sambil ketika saat waktu setelah sebelum selama hingga pun saja aja "
    "kok sih ya lah mana apa siapa kapan kenapa tempat sepi bekas akses bahwa justru penuh kampung umum sini sana "
    "situ bareng pdhl padahal hujan biar jadi buat sebab lalu terus trus and or but on at in the a with for from "
    "to now just who that which when while because me you him us them it my our was were he she they i".split()
)
"""Words with which the sentence goes on after the landmark."""
MARKET_DAYS = frozenset("pagi sore senin selasa rabu kamis jumat sabtu minggu kliwon wage legi pahing pon".split())
"""'pasar pagi' is a market, 'pasar pagi ini' is this morning."""
POINTING = frozenset("ini itu tadi kemarin kemaren lalu besok jam pukul".split())
UNITS = frozenset("jam menit hari bulan tahun meter m km cm orang kali kg".split())
ABBREVIATED = STREETS | frozenset("dpn blkg gg psr dr kh h st no ds".split())
GENERIC = frozenset(
    "toko kantor balai gapura pos gedung gudang taman kolam komplek kompleks ruko pondok kampus warung bengkel kios "
    "konter rel kali sungai tol saluran lapangan jembatan man tk alun".split()
)
"""Things of which there are too many: they need a name behind them."""
ANCHORS = BESIDE | BESIDE_ENGLISH.keys() | CROSSINGS | STREETS | LANES | SCHOOLS | FACILITIES | PAIRS.keys() | {"jalan"}
"""Words with which a landmark can begin."""
