"""The lexicon of the German stories: forms that no rule gives. Knows no sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moeviz.data.picking import listed

Gender = Literal["m", "f", "n"]


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun by its nominative, genitive and plural.

    Attributes:
        weak: masculine with -n or -en in every form but the nominative singular.
    """

    gender: Gender
    nominative: str
    genitive: str
    plural: str
    weak: bool


@dataclass(frozen=True, slots=True)
class Verb:
    """The forms of the third persons.

    Attributes:
        auxiliary: of the perfect, "haben" or "sein".
    """

    infinitive: str
    present: str
    past: str
    pasts: str
    participle: str
    auxiliary: Literal["haben", "sein"] = "haben"


def _nouns(gender: Gender, table: str) -> tuple[Noun, ...]:
    """Entries nominative/genitive/plural; of feminines nominative/plural."""
    found = []
    for entry in table.split():
        nominative, *middle, plural = entry.split("/")
        genitive = middle[0] if middle else nominative
        weak = gender == "m" and genitive.endswith("n") and genitive == plural
        found.append(Noun(gender, nominative, genitive, plural, weak))
    return tuple(found)


def _verbs(
    regular: str, irregular: str, auxiliary: Literal["haben", "sein"] = "haben"
) -> tuple[Verb, ...]:
    """Weak verbs by infinitive; others as infinitive/present/past/participle.

    The past's plural adds -n after e, otherwise -en.
    """
    rows = [
        (infinitive, f"{stem}t", f"{stem}te", f"ge{stem}t")
        for infinitive in regular.split()
        for stem in [infinitive.removesuffix("en")]
    ]
    rows += [tuple(entry.split("/")) for entry in irregular.split()]  # type: ignore[misc]
    return tuple(
        Verb(infinitive, present, past, past + ("n" if past[-1] == "e" else "en"), done, auxiliary)
        for infinitive, present, past, done in rows
    )


PEOPLE = (
    *_nouns(
        "m",
        "Lehrer/Lehrers/Lehrer Nachbar/Nachbarn/Nachbarn Junge/Jungen/Jungen Bäcker/Bäckers/Bäcker "
        "König/Königs/Könige Fischer/Fischers/Fischer Arzt/Arztes/Ärzte Gärtner/Gärtners/Gärtner "
        "Freund/Freundes/Freunde Bruder/Bruders/Brüder Onkel/Onkels/Onkel "
        "Soldat/Soldaten/Soldaten Student/Studenten/Studenten Schneider/Schneiders/Schneider",
    ),
    *_nouns(
        "f",
        "Frau/Frauen Lehrerin/Lehrerinnen Nachbarin/Nachbarinnen Bäckerin/Bäckerinnen "
        "Königin/Königinnen Ärztin/Ärztinnen Freundin/Freundinnen Schwester/Schwestern "
        "Tante/Tanten Köchin/Köchinnen Tochter/Töchter Malerin/Malerinnen",
    ),
    *_nouns("n", "Kind/Kindes/Kinder Mädchen/Mädchens/Mädchen"),
)
ANIMALS = (
    *_nouns(
        "m",
        "Hund/Hundes/Hunde Vogel/Vogels/Vögel Fuchs/Fuchses/Füchse Wolf/Wolfes/Wölfe "
        "Bär/Bären/Bären Hase/Hasen/Hasen Esel/Esels/Esel Igel/Igels/Igel",
    ),
    *_nouns("f", "Katze/Katzen Maus/Mäuse Kuh/Kühe Ziege/Ziegen Ente/Enten Eule/Eulen"),
    *_nouns(
        "n",
        "Pferd/Pferdes/Pferde Schaf/Schafes/Schafe Huhn/Huhnes/Hühner Schwein/Schweines/Schweine "
        "Kaninchen/Kaninchens/Kaninchen",
    ),
)
THINGS = (
    *_nouns(
        "m",
        "Schlüssel/Schlüssels/Schlüssel Brief/Briefes/Briefe Hut/Hutes/Hüte Korb/Korbes/Körbe "
        "Mantel/Mantels/Mäntel Stuhl/Stuhles/Stühle Ring/Ringes/Ringe Spiegel/Spiegels/Spiegel "
        "Teller/Tellers/Teller Apfel/Apfels/Äpfel Koffer/Koffers/Koffer Topf/Topfes/Töpfe "
        "Stein/Steines/Steine Löffel/Löffels/Löffel",
    ),
    *_nouns(
        "f",
        "Lampe/Lampen Tasche/Taschen Uhr/Uhren Karte/Karten Flasche/Flaschen Kiste/Kisten "
        "Leiter/Leitern Decke/Decken Blume/Blumen Kerze/Kerzen Gabel/Gabeln Tasse/Tassen "
        "Glocke/Glocken",
    ),
    *_nouns(
        "n",
        "Buch/Buches/Bücher Messer/Messers/Messer Bild/Bildes/Bilder Fahrrad/Fahrrades/Fahrräder "
        "Glas/Glases/Gläser Kleid/Kleides/Kleider Seil/Seiles/Seile Heft/Heftes/Hefte "
        "Hemd/Hemdes/Hemden",
    ),
)
PLACES = (
    *_nouns(
        "m",
        "Wald/Waldes/Wälder Garten/Gartens/Gärten Keller/Kellers/Keller Park/Parks/Parks "
        "Turm/Turmes/Türme Stall/Stalles/Ställe",
    ),
    *_nouns(
        "f",
        "Küche/Küchen Schule/Schulen Stadt/Städte Kirche/Kirchen Scheune/Scheunen Höhle/Höhlen "
        "Mühle/Mühlen Werkstatt/Werkstätten",
    ),
    *_nouns(
        "n",
        "Haus/Hauses/Häuser Dorf/Dorfes/Dörfer Schloss/Schlosses/Schlösser "
        "Zimmer/Zimmers/Zimmer Museum/Museums/Museen",
    ),
)

OF_LIVING = listed(
    "alt klein groß jung freundlich traurig mutig neugierig klug still reich arm lustig fleißig "
    "vorsichtig stark schnell hungrig ruhig"
)
COMPARATIVES = listed(
    "älter kleiner größer jünger freundlicher trauriger mutiger neugieriger klüger stiller reicher "
    "ärmer lustiger fleißiger vorsichtiger stärker schneller hungriger ruhiger"
)
OF_THINGS = listed(
    "alt klein groß neu schön schwer leicht rund schmutzig hell leer wertvoll rot grün blau "
    "schwarz weiß"
)
OF_PLACES = listed("alt klein groß neu schön")

TAKING = _verbs(
    "suchen kaufen holen malen",
    "sehen/sieht/sah/gesehen finden/findet/fand/gefunden nehmen/nimmt/nahm/genommen "
    "tragen/trägt/trug/getragen verkaufen/verkauft/verkaufte/verkauft "
    "verstecken/versteckt/versteckte/versteckt zeichnen/zeichnet/zeichnete/gezeichnet "
    "vergessen/vergisst/vergaß/vergessen verlieren/verliert/verlor/verloren "
    "waschen/wäscht/wusch/gewaschen bewundern/bewundert/bewunderte/bewundert "
    "reparieren/repariert/reparierte/repariert",
)
MEETING = _verbs(
    "lieben fragen hören",
    "rufen/ruft/rief/gerufen kennen/kennt/kannte/gekannt treffen/trifft/traf/getroffen "
    "besuchen/besucht/besuchte/besucht begrüßen/begrüßt/begrüßte/begrüßt "
    "verfolgen/verfolgt/verfolgte/verfolgt retten/rettet/rettete/gerettet",
)
HELPING = _verbs(
    "danken",
    "helfen/hilft/half/geholfen antworten/antwortet/antwortete/geantwortet "
    "vertrauen/vertraut/vertraute/vertraut",
)
"""Verbs with a dative object."""
GIVING = _verbs(
    "zeigen schenken schicken",
    "geben/gibt/gab/gegeben bringen/bringt/brachte/gebracht leihen/leiht/lieh/geliehen",
)
STAYING = _verbs(
    "spielen tanzen lachen weinen träumen",
    "schlafen/schläft/schlief/geschlafen arbeiten/arbeitet/arbeitete/gearbeitet "
    "warten/wartet/wartete/gewartet singen/singt/sang/gesungen sitzen/sitzt/saß/gesessen "
    "stehen/steht/stand/gestanden",
)
GOING = _verbs(
    "",
    "gehen/geht/ging/gegangen laufen/läuft/lief/gelaufen rennen/rennt/rannte/gerannt "
    "kommen/kommt/kam/gekommen wandern/wandert/wanderte/gewandert "
    "schleichen/schleicht/schlich/geschlichen eilen/eilt/eilte/geeilt",
    auxiliary="sein",
)
MODALS = _verbs(
    "",
    "wollen/will/wollte/gewollt können/kann/konnte/gekonnt müssen/muss/musste/gemusst "
    "sollen/soll/sollte/gesollt",
)
SAYING = _verbs("glauben hoffen sagen", "")
HAVING = Verb("haben", "hat", "hatte", "hatten", "gehabt")
WILL = Verb("werden", "wird", "wurde", "wurden", "geworden", "sein")
BEING = Verb("sein", "ist", "war", "waren", "gewesen", "sein")

NAMES: tuple[tuple[str, Gender], ...] = (
    *((name, "m") for name in listed("Felix Jakob Emil Yusuf Lukas Anton Jörg Moritz")),
    *((name, "f") for name in listed("Anna Lena Greta Leyla Ida Klara Jule Änne")),
)
NUMBERS = listed("zwei drei vier fünf sechs sieben zehn")
