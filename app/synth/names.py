"""What people are called, by where their families came from; spellings as people really carry them."""

from dataclasses import dataclass
from datetime import date

from app.synth.chance import Random


@dataclass(frozen=True)
class Naming:
    """Names of one origin. `given` is by sex; `ethnic` is the England ethnic category most often stated."""

    share: float
    ethnic: str
    families: tuple[str, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_OLD_F = _words("Margaret Dorothy Joan Edith Jean Sheila Doreen Barbara Audrey Beryl Maureen Iris Mavis Brenda Rita")
_MID_F = _words("Susan Karen Julie Deborah Tracey Alison Helen Angela Sarah Claire Nicola Joanne Lisa Rachel Emma")
_NEW_F = _words("Olivia Isla Poppy Freya Chloe Jessica Ellie Grace Lily Evie Harriet Bethany Megan Zoe Anne-Marie")
_OLD_M = _words("Ronald Kenneth Dennis Raymond Leonard Stanley Albert Harold Walter Norman Derek Frank Cyril Ernest")
_MID_M = _words("David Stephen Paul Andrew Mark Ian Gary Kevin Simon Neil Martin Darren Craig Jason Stuart Robert")
_NEW_M = _words("Oliver Jack Harry Noah Leo Archie Alfie Charlie Callum Ryan Liam Toby Jacob Finley William Thomas")

BRITISH = "british"
NAMINGS: dict[str, Naming] = {
    BRITISH: Naming(
        0.66,
        "A",
        _words(
            "Ashdown Barrow Birtles Blackwood Bramley Carter Clegg Cobb Cooper Dawson Dyer Ellery Fairclough Foster"
            " Garside Gibbs Halliwell Harker Hartley Hobbs Holt Ingham Jarvis Kemp Kirkby Langton Lister Marsh"
            " Middleton Mellor Naylor Nuttall Oakes Parr Peel Pickering Pryce-Jones Radcliffe Ridley Rowe Sharrock"
            " Shaw Smith Smythe Stubbs Tanner Thorpe Tully Underwood Vickers Wainwright Walsh Whittle Wilde Wragg"
            " Hughes-Barton Taylor-Reed D'Arcy St_John Fitzgerald Llewellyn Griffiths Brown Jones Wilson"
        ),
        (),
        (),
    ),
    "irish": Naming(
        0.05,
        "B",
        _words("O'Brien O'Sullivan Ó_Catháin Ní_Dhomhnaill Kelly Gallagher McGrath Doherty Brennan O'Neill"),
        _words("Siobhán Aoife Niamh Bríd Róisín Maeve Caitlín Sinéad Gráinne Orla"),
        _words("Seán Pádraig Ciarán Declan Eoin Fergal Diarmuid Conor Oisín Cathal"),
    ),
    "european": Naming(
        0.07,
        "C",
        _words("Zieliński Wójcik Kowalczyk Nowak Popescu Ștefan Müller García Nuñez Lefèvre Jürgens Kadlecová Åberg"),
        _words("Agnieszka Małgorzata Zofia Ioana Elena Françoise Jana Lucía Ana-Maria Ingrid Kateřina Beata"),
        _words("Tomasz Paweł Łukasz Andrei Mihai José Jürgen René Matteo Jakub Søren Marek"),
    ),
    "south_asian": Naming(
        0.11,
        "H",
        _words("Patel Singh Kaur Begum Hussain Khan Ahmed Chowdhury Rahman Sharma Raman Iqbal Malik Bhatt Mistry"),
        _words("Priya Amina Fatima Harpreet Nusrat Shabana Meera Zainab Jasmin Anjali Rukhsana Sunita"),
        _words("Mohammed Imran Arjun Gurpreet Rajesh Tariq Abdul Bilal Sanjay Yusuf Harjit Vikram"),
    ),
    "black": Naming(
        0.07,
        "N",
        _words("Okafor Adeyemi Mensah Osei Obi Campbell Clarke Bailey Asante N'Diaye Mwangi Tesfaye Grant Owusu-Ansah"),
        _words("Ngozi Abena Adaeze Marcia Yvonne Comfort Blessing Chanelle Folasade Hirut Beverley Ama"),
        _words("Chinedu Kwame Emeka Winston Delroy Samuel Tunde Yaw Desmond Abebe Kofi Leroy"),
    ),
    "east_asian_and_arab": Naming(
        0.04,
        "S",
        _words("Chen Li Wong Nguyễn Al-Hassan El_Amin Haddad Tanaka Reyes Park Zhang Ng"),
        _words("Mei Xiu_Ying Layla Noor Mai Yuki Maricel Soo-jin Hua Rania"),
        _words("Wei Jun Omar Khalid Minh Kenji Rafael Ji-ho Bo Faisal"),
    ),
}

NICKNAMES = {
    "Margaret": "Peggy", "Dorothy": "Dot", "Barbara": "Babs", "Susan": "Sue", "Deborah": "Debbie", "Jessica": "Jess",
    "Kenneth": "Ken", "Ronald": "Ron", "Stephen": "Steve", "Andrew": "Andy", "Robert": "Bob", "William": "Bill",
    "Thomas": "Tom", "Mohammed": "Mo", "Samuel": "Sam", "Tomasz": "Tomek", "Agnieszka": "Aga", "Edith": "Edie",
    "Harriet": "Hattie", "Oliver": "Ollie", "Charlie": "Charles", "Alison": "Ali", "Raymond": "Ray", "Harold": "Harry",
}  # fmt: skip


def origin(rng: Random) -> str:
    """Where a household's names come from."""
    return rng.choices(tuple(NAMINGS), [naming.share for naming in NAMINGS.values()])[0]


def family_name(rng: Random, of: str) -> str:
    """A surname; one in fifty joins two with a hyphen."""
    families = NAMINGS[of].families
    name = rng.choice(families)
    if rng.random() < 0.02 and "-" not in name and " " not in name:
        return f"{name}-{rng.choice(NAMINGS[BRITISH].families[:40])}"
    return name


def given_names(rng: Random, of: str, sex: str, born: date) -> tuple[str, ...]:
    """One or two given names, of the time when the person was born."""
    pool = _pool(of, sex, born)
    first = rng.choice(pool)
    if rng.random() < 0.45:
        return (first,)
    second = rng.choice(pool)
    return (first,) if second == first else (first, second)


def ethnic_category(rng: Random, of: str) -> str:
    """Mostly what the name suggests; often not stated, now and then something else."""
    throw = rng.random()
    if throw < 0.05:
        return "Z"
    if throw < 0.07:
        return "99"
    if throw < 0.15:
        return rng.choice("BCDEFGHJKLMNPRS")
    if of == "south_asian":
        return rng.choice("HJKL")
    if of == "black":
        return rng.choice("MNP")
    return rng.choice("RSL") if of == "east_asian_and_arab" else NAMINGS[of].ethnic


def _pool(of: str, sex: str, born: date) -> tuple[str, ...]:
    if of != BRITISH:
        return NAMINGS[of].female if sex == "female" else NAMINGS[of].male
    if born.year < 1955:
        return _OLD_F if sex == "female" else _OLD_M
    if born.year < 1988:
        return _MID_F if sex == "female" else _MID_M
    return _NEW_F if sex == "female" else _NEW_M
