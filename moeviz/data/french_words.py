"""The lexicon of the French stories: forms that no rule gives. Knows no sentence."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.data.picking import listed


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun with its plural. All nouns in h of this lexicon have a mute h."""

    singular: str
    plural: str
    feminine: bool


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective in its forms; `before_vowel` is the masculine singular before a vowel sound."""

    masculine: str
    feminine: str
    masculines: str
    feminines: str
    before_vowel: str


@dataclass(frozen=True, slots=True)
class Verb:
    """The forms of the third persons.

    Attributes:
        past_stem: of the imparfait, before -ait and -aient.
        future_stem: before -a and -ont.
        with_etre: the passé composé takes "être", and its participle agrees with the subject.
    """

    infinitive: str
    present: str
    presents: str
    past_stem: str
    participle: str
    future_stem: str
    with_etre: bool = False


def _nouns(masculine: str, feminine: str) -> tuple[Noun, ...]:
    return tuple(
        Noun(singular, singular + plural.removeprefix("+") if plural[0] == "+" else plural, gender)
        for gender, table in ((False, masculine), (True, feminine))
        for singular, plural in (entry.split("/") for entry in table.split())
    )


def _adjectives(table: str) -> tuple[Adjective, ...]:
    """Entries masculine/feminine, or masculine/feminine/masculines/before_vowel."""
    found = []
    for entry in table.split():
        masculine, feminine, *irregular = entry.split("/")
        masculines, before_vowel = irregular or (
            masculine if masculine[-1] in "sx" else masculine + "s",
            masculine,
        )
        found.append(Adjective(masculine, feminine, masculines, feminine + "s", before_vowel))
    return tuple(found)


def _verbs(regular: str, irregular: str, with_etre: bool = False) -> tuple[Verb, ...]:
    """Regular verbs in -er, and entries of six forms in the order of `Verb`."""
    stems = [infinitive.removesuffix("er") for infinitive in regular.split()]
    rows = [(s + "er", s + "e", s + "ent", s, s + "é", s + "er") for s in stems]
    rows += [tuple(entry.split("/")) for entry in irregular.split()]  # type: ignore[misc]
    return tuple(Verb(*row, with_etre) for row in rows)


PEOPLE = _nouns(
    "voisin/+s boulanger/+s facteur/+s garçon/+s médecin/+s roi/+s pêcheur/+s jardinier/+s "
    "professeur/+s berger/+s marin/+s enfant/+s homme/+s ami/+s oncle/+s ouvrier/+s",
    "voisine/+s boulangère/+s fille/+s reine/+s pêcheuse/+s jardinière/+s tante/+s amie/+s "
    "infirmière/+s chanteuse/+s bergère/+s femme/+s étudiante/+s ouvrière/+s",
)
ANIMALS = _nouns(
    "chat/+s chien/+s cheval/chevaux oiseau/+x renard/+s loup/+s lapin/+s mouton/+s âne/+s "
    "canard/+s ours/ours",
    "souris/souris vache/+s chèvre/+s poule/+s abeille/+s grenouille/+s tortue/+s oie/+s jument/+s",
)
THINGS = _nouns(
    "livre/+s panier/+s chapeau/+x couteau/+x vélo/+s manteau/+x miroir/+s tapis/tapis sac/+s "
    "parapluie/+s anneau/+x tableau/+x coffre/+s tambour/+s",
    "lettre/+s clé/+s lampe/+s montre/+s chaise/+s corde/+s boîte/+s valise/+s échelle/+s "
    "écharpe/+s pierre/+s robe/+s bouteille/+s carte/+s image/+s assiette/+s",
)
PLACES = _nouns(
    "jardin/+s village/+s musée/+s grenier/+s château/+x hôtel/+s atelier/+s palais/palais",
    "forêt/+s maison/+s cuisine/+s école/+s église/+s cour/+s bibliothèque/+s ville/+s ferme/+s "
    "gare/+s vallée/+s grange/+s usine/+s",
)

BEFORE_NOUN = _adjectives(
    "petit/petite grand/grande joli/jolie vieux/vieille/vieux/vieil beau/belle/beaux/bel "
    "nouveau/nouvelle/nouveaux/nouvel"
)
OF_THINGS = _adjectives(
    "rouge/rouge vert/verte noir/noire blanc/blanche bleu/bleue rond/ronde lourd/lourde "
    "léger/légère propre/propre sale/sale fragile/fragile précieux/précieuse"
)
OF_LIVING = _adjectives(
    "fatigué/fatiguée content/contente triste/triste courageux/courageuse prudent/prudente "
    "curieux/curieuse timide/timide inquiet/inquiète patient/patiente fier/fière calme/calme "
    "bavard/bavarde généreux/généreuse rapide/rapide"
)

TAKING = _verbs(
    "regarder porter chercher trouver cacher casser laver oublier dessiner apporter ramasser "
    "admirer toucher emporter réparer",
    "vendre/vend/vendent/vend/vendu/vendr perdre/perd/perdent/perd/perdu/perdr "
    "prendre/prend/prennent/pren/pris/prendr voir/voit/voient/voy/vu/verr "
    "choisir/choisit/choisissent/choisiss/choisi/choisir tenir/tient/tiennent/ten/tenu/tiendr "
    "acheter/achète/achètent/achet/acheté/achèter",
)
MEETING = _verbs(
    "saluer aider écouter rencontrer aimer remercier inviter",
    "suivre/suit/suivent/suiv/suivi/suivr appeler/appelle/appellent/appel/appelé/appeller "
    "attendre/attend/attendent/attend/attendu/attendr "
    "connaître/connaît/connaissent/connaiss/connu/connaîtr "
    "surprendre/surprend/surprennent/surpren/surpris/surprendr",
)
GIVING = _verbs(
    "donner montrer apporter prêter",
    "offrir/offre/offrent/offr/offert/offrir rendre/rend/rendent/rend/rendu/rendr "
    "envoyer/envoie/envoient/envoy/envoyé/enverr",
)
STAYING = _verbs(
    "travailler jouer chanter marcher pleurer danser rêver",
    "dormir/dort/dorment/dorm/dormi/dormir courir/court/courent/cour/couru/courr "
    "manger/mange/mangent/mange/mangé/manger",
)
GOING = _verbs(
    "retourner",
    "aller/va/vont/all/allé/ir venir/vient/viennent/ven/venu/viendr "
    "revenir/revient/reviennent/reven/revenu/reviendr",
    with_etre=True,
)
WISHING = _verbs(
    "",
    "vouloir/veut/veulent/voul/voulu/voudr pouvoir/peut/peuvent/pouv/pu/pourr "
    "devoir/doit/doivent/dev/dû/devr",
)
BEING = Verb("être", "est", "sont", "ét", "été", "ser")

NAMES = (
    *((name, False) for name in listed("Paul Luc Hugo Karim Émile Antoine Mathieu Bruno")),
    *((name, True) for name in listed("Marie Claire Inès Louise Aïcha Sophie Élodie Jeanne")),
)
NUMBERS = listed("deux trois quatre cinq six sept dix quelques plusieurs")
