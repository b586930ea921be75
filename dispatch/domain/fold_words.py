"""What tells two events apart in people's words: counts, vehicles, colours, roads, houses, people.

Owns small word lists in Indonesian, Tegal Javanese and English; a word that is missing here only makes
two texts less alike, which keeps them apart. Pure and cheap: a text is read once and remembered.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

MAX_CHARS = 1000
REMEMBERED_TEXTS = 4096


def _classes(**words: str) -> dict[str, str]:
    return {word: name for name, listed in words.items() for word in listed.split()}


NUMBERS = _classes(**{
    "1": "1 satu siji seorang one sebuah", "2": "2 dua loro two berdua", "3": "3 tiga telu three",
    "4": "4 empat papat four", "5": "5 lima five", "6": "6 enam nem six", "7": "7 tujuh pitu seven",
})
COUNTED = frozenset(
    "orang org wong korban people person persons victim victims luka meninggal anak bocah siswa penumpang injured "
    "hurt dead kids children passengers warga tewas cidera".split()
)
VEHICLES = _classes(
    motor="motor mtr motore sepedamotor motorcycle motorcycles motorbike motorbikes scooter vario beat nmax supra",
    car="mobil mbl mobile car avanza xenia sedan innova brio cars taksi taxi",
    truck="truk trk truck trucks tronton fuso dump trailer kontainer container trek",
    bus="bus bis bise buses coach", pickup="pickup pikap colt kolbak", tanker="tangki tanker",
    bicycle="ontel onthel bicycle pancal", minibus="angkot elf angkutan minibus", train="kereta sepur train",
    rickshaw="becak bentor rickshaw", ambulance="ambulans ambulance ambulan",
)
COLOURS = _classes(
    red="merah abang red", white="putih white", black="hitam ireng black", blue="biru blue",
    green="hijau ijo green", yellow="kuning kuningan yellow", grey="abu silver grey gray",
)
OBJECTS = _classes(
    house="rumah umah umahe omah omahe house home dapur rumahnya rmh kontrakan kos", shop="toko warung kios shop stall "
    "warunge tokone minimarket indomaret alfamart konter ruko", warehouse="gudang gudange warehouse",
    factory="pabrik pabrike factory", field="lahan kebun kebon sawah tebu alang ilalang field tegalan rumput grass",
    school="sekolah sd smp smk sma school madrasah pondok", market="pasar pasare market los",
    workshop="bengkel bengkele workshop", stable="kandang kandange barn stable",
    vehicle="motor mobil truk bus bis pickup car truck motorcycle", rubbish="sampah rubbish trash tpa",
    mosque="masjid mushola musholla mosque langgar",
)
VICTIMS = _classes(
    father="bapak bpk ayah father dad suami husband bojo bapake bapakku", mother="ibu istri wife mother mom emak mamak "
    "ibune biyunge ibuku", child="anak anakku anake bocah balita child kid boy girl son daughter anaknya siswa pelajar",
    baby="bayi baby bayine orok", elder="kakek nenek mbah simbah lansia grandmother grandfather grandma grandpa "
    "elderly nenekku kakekku", young="adik adek kakak brother sister adikku kakakku pemuda remaja teenager",
    birth="melahirkan lahiran babaran nglairna lairan ketuban hamil pregnant labor labour birth contractions kontraksi "
    "mbrojol meteng bersalin",
    drown="hanyut tenggelam kintir kelelep drowning drowned keli", shock="kesetrum setrum nyetrum electrocuted",
    trapped="terjebak kejebak trapped terjepit kejepit terkepung tertimbun kurugan",
    breath="sesak sesek breathing breathe ampeg", faint="pingsan unconscious semaput fainted sadar nyaut respon",
    seizure="kejang step seizure", heart="jantung dada chest heart",
)
PEOPLE = frozenset({"father", "mother", "child", "baby", "elder", "young", "birth"})
MINE = frozenset("saya sy aku ku nyong inyong kula enyong my our kami kita".split())
MINE_ENDING = re.compile(r"(?:anak|ibu|bapak|nenek|kakek|adik|kakak|istri|suami|bojo)k[u]$")
STOP = frozenset(
    "ada ana wonten yang sing di nang neng ing dan karo lan ini itu kiye kuwe tidak ora gak ga nggak belum durung saya "
    "kami aku nyong inyong tolong tulung mohon pak bu bapak ibu mas mbak min admin cepat cepet segera gage buruan "
    "sudah wis udah telah masih esih lagi tadi mau sekarang saiki sekarang ke dari sekang sampai sampe untuk nggo "
    "dengan the a an is are in on at of to and there please help now need quick quickly hurry sir maam from with for "
    "near was has have been very it its we i my our dekat depan belakang samping sebelah ngarep mburi cedhak cedak "
    "arah jalan jl jln raya desa ds dusun kec kecamatan kab kel kelurahan rt rw no village front behind next road "
    "street km lokasi tempat sini situ kene kana wilayah area daerah sekitar "
    "halo hallo assalamualaikum lapor laporan info darurat emergency report urgent 112 pemadam damkar polisi ambulan "
    "ambulans petugas banget sekali besar gede gedhe orang wong warga banyak akeh people dong ya nih ini kok loh bang "
    # what the type says already
    "kebakaran kobongan kobong kobar terbakar kebakar fire burning api geni genine apine asap smoke flames banjir "
    "kebanjiran flood flooded flooding air banyu water kecelakaan kcelakaan laka tabrakan tabrak tubrukan nabrak "
    "accident crash collision crashed lakalantas kejadian listrik mati padam lampu pohon wit tumbang rubuh tree "
    "fallen power outage".split()
)
ANOTHER = re.compile(
    r"\b(?:satu|siji|one|ada|ana|kebakaran|kobongan|kecelakaan|tabrakan|fire|accident) (?:lagi|maning|more)\b"
    r"|\banother\b|\bsecond (?:fire|accident|crash|one)\b|\b(?:bukan|dudu|not) (?:yang|sing|the)\b|\bliyane\b|\bbeda\b"
    r"|\bdifferent\b|\b(?:yang|sing) lain\b|\bkejadian lain\b|\bmaning\b"
)
_WORD = re.compile(r"[a-z]+|\d+")
_RT = re.compile(r"\brt\W*0*(\d{1,3})(?:\W*(?:rw)?\W*0*(\d{1,3}))?")
_ROAD = re.compile(r"\b(?:jl|jln|jalan)\b\.? (?:raya )?([a-z]{3,})(?: ([a-z]{3,}))?|\b([a-z]{4,}) (?:road|street)\b")
_NO_ROAD = frozenset(
    "raya rusak mati berlubang licin utama desa kampung tembus arah masuk menuju yang macet ada sudah sepi gelap "
    "provinsi kabupaten nasional besar main".split()
)
_OWNER = re.compile(
    r"\b(?:rumah|rumahnya|umah|umahe|omahe|warung|warunge|toko|tokone|kandang|kandange|bengkel|bengkele|gudang|gudange|"
    r"kebun|kebone|sawahe|sawah|milik|punya|tempat|house of|home of) (?:milik )?"
    r"(?:pak|pk|bapak|bp|bu|ibu|haji|hj|h|kang|mas|mbak|yu|mbah|wa|kaji|ustad|mr|mrs)\.? ?(?:haji |h\.? )?([a-z]{3,})"
    r"|\b(?:mr|mrs|pak|bu|haji) ([a-z]{3,})(?:'s|s) (?:house|shop|home|barn|stall)"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """Each set holds what the text says of one kind; an empty one says nothing and contradicts nothing.

    ``victims`` are who is in danger and how, ``mine`` marks the caller's own kin, ``another`` that the text
    itself speaks of a further event.
    """

    content: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    vehicles: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    roads: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    victims: frozenset[str] = frozenset()
    rt: str = ""
    rw: str = ""
    mine: bool = False
    another: bool = False

    @property
    def people(self) -> frozenset[str]:
        return self.victims & PEOPLE


@lru_cache(maxsize=REMEMBERED_TEXTS)
def marks_of(text: str) -> Marks:
    """Read the marks of one text. Never raises on any text."""
    plain = " ".join(text[:MAX_CHARS].casefold().replace(".", ". ").split())
    words = _WORD.findall(plain)
    said = set(words)
    rt = _RT.search(plain)
    return Marks(
        content=frozenset(_content(words)), counts=frozenset(_counts(words)), vehicles=_of(VEHICLES, said),
        colours=_of(COLOURS, said), objects=_of(OBJECTS, said), roads=frozenset(_roads(plain)),
        owners=frozenset(a or b for a, b in _OWNER.findall(plain)), victims=_victims(words),
        rt=rt[1] if rt else "", rw=(rt[2] or "") if rt else "",
        mine=bool(said & MINE and _of(VICTIMS, said) & PEOPLE) or any(MINE_ENDING.match(word) for word in said),
        another=bool(ANOTHER.search(plain)),
    )


def words_of(text: str) -> frozenset[str]:
    """The distinctive words of a name or a short text."""
    return frozenset(_content(_WORD.findall(text.casefold())))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words over the shorter text's, 0..1; a single word in common says little."""
    least = min(len(one), len(other))
    return len(one & other) / max(least, 2) if least else 0.0


def _content(words: list[str]) -> list[str]:
    return [_stem(word) for word in words if len(word) > 2 and word not in STOP and not word.isdigit()]


def _stem(word: str) -> str:
    """One name for the words of a class; the endings -nya and -e of Indonesian and Javanese fall off."""
    known = VEHICLES.get(word) or OBJECTS.get(word) or VICTIMS.get(word) or COLOURS.get(word)
    if known:
        return known
    return word[:-3] if word.endswith("nya") and len(word) > 6 else word


def _of(classes: dict[str, str], said: set[str]) -> frozenset[str]:
    return frozenset(classes[word] for word in said & classes.keys())


def _victims(words: list[str]) -> frozenset[str]:
    """Who is meant, not who is spoken to: 'pak' and 'bu' are no victims, nor is 'rumah ibu'."""
    addressed = ("rumah", "umah", "umahe", "rumahnya", "house", "tolong", "tulung", "yth", "warung", "toko")
    return frozenset(
        VICTIMS[word] for before, word in zip(["", *words], words, strict=False)
        if word in VICTIMS and not (before in addressed and VICTIMS[word] in PEOPLE)
    )


def _counts(words: list[str]) -> list[str]:
    pairs = pairwise(words)
    return [NUMBERS.get(number, number) for number, thing in pairs
            if thing in COUNTED and (number in NUMBERS or number.isdigit())]


def _roads(plain: str) -> list[str]:
    return [
        word for found in _ROAD.findall(plain) for word in (found[0] or found[2],) if word and word not in _NO_ROAD
    ]
