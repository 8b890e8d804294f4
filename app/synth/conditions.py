"""Long-term conditions: how common at each age, how each kind of provider codes them, and what treats them."""
# ruff: noqa: E501 - a table: one row, one line

from dataclasses import dataclass

from app.synth.chance import Random

AGE_BANDS = (18, 40, 65, 80)


@dataclass(frozen=True)
class Condition:
    """`often` is the share of people who have it under 18, 18-39, 40-64, 65-79 and from 80."""

    name: str
    snomed: str
    icd10: str
    often: tuple[float, float, float, float, float]
    medicines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    mental: bool = False
    sex: str = ""

    def share(self, years: int) -> float:
        """How common at this age."""
        return self.often[sum(years >= band for band in AGE_BANDS)]

    @property
    def key(self) -> str:
        """The same in the truth files wherever the condition is named."""
        return self.snomed or self.name


_ALL = (
    Condition("Essential hypertension", "59621000", "I10X", (0, 0.03, 0.25, 0.5, 0.62), ("amlodipine", "ramipril", "losartan", "bendroflumethiazide"), ("Hypertension", "High blood pressure")),
    Condition("Type 2 diabetes mellitus", "44054006", "E119", (0, 0.01, 0.09, 0.17, 0.19), ("metformin", "gliclazide", "dapagliflozin", "atorvastatin"), ("Type II diabetes mellitus", "T2DM", "Diabetes type 2")),
    Condition("Asthma", "195967001", "J459", (0.09, 0.09, 0.08, 0.08, 0.07), ("salbutamol", "beclometasone"), ("Asthmatic", "Bronchial asthma")),
    Condition("Chronic obstructive lung disease", "13645005", "J449", (0, 0, 0.04, 0.1, 0.11), ("salbutamol", "tiotropium"), ("COPD", "Chronic obstructive pulmonary disease")),
    Condition("Atrial fibrillation", "49436004", "I489", (0, 0, 0.02, 0.09, 0.2), ("apixaban", "bisoprolol"), ("AF", "Paroxysmal AF")),
    Condition("Chronic kidney disease stage 3", "433144002", "N183", (0, 0, 0.02, 0.14, 0.32), (), ("CKD 3", "CKD G3a")),
    Condition("Heart failure", "84114007", "I509", (0, 0, 0.01, 0.05, 0.14), ("furosemide", "spironolactone", "bisoprolol"), ("Congestive cardiac failure", "HFrEF")),
    Condition("Coronary heart disease", "53741008", "I251", (0, 0, 0.04, 0.13, 0.19), ("aspirin", "atorvastatin", "glyceryl"), ("IHD", "Ischaemic heart disease")),
    Condition("Myocardial infarction", "22298006", "I219", (0, 0, 0.02, 0.06, 0.08), ("clopidogrel", "atorvastatin"), ("Heart attack", "MI - NSTEMI")),
    Condition("Stroke", "230690007", "I64X", (0, 0, 0.02, 0.06, 0.13), ("clopidogrel", "simvastatin"), ("CVA", "Cerebrovascular accident")),
    Condition("Depression", "35489007", "F329", (0.01, 0.11, 0.14, 0.1, 0.09), ("sertraline", "mirtazapine"), ("Depressive disorder", "Low mood"), True),
    Condition("Anxiety disorder", "197480006", "F419", (0.03, 0.11, 0.1, 0.07, 0.05), ("citalopram",), ("Anxiety", "GAD"), True),
    Condition("Schizophrenia", "58214004", "F209", (0, 0.006, 0.008, 0.006, 0.003), ("olanzapine",), ("Paranoid schizophrenia",), True),
    Condition("Bipolar disorder", "13746004", "F319", (0, 0.007, 0.008, 0.006, 0.003), ("lithium", "aripiprazole"), ("Bipolar affective disorder",), True),
    Condition("Dementia", "52448006", "F03X", (0, 0, 0.002, 0.03, 0.2), ("donepezil",), ("Alzheimer's type dementia", "Memory loss"), True),
    Condition("Epilepsy", "84757009", "G409", (0.006, 0.008, 0.009, 0.01, 0.012), ("levetiracetam", "carbamazepine"), ("Seizures",)),
    Condition("Hypothyroidism", "40930008", "E039", (0, 0.02, 0.05, 0.09, 0.11), ("levothyroxine",), ("Underactive thyroid",)),
    Condition("Osteoarthritis of knee", "239873007", "M179", (0, 0, 0.08, 0.2, 0.3), ("paracetamol", "naproxen"), ("Knee OA", "Osteoarthritis")),
    Condition("Osteoporosis", "64859006", "M819", (0, 0, 0.02, 0.1, 0.22), ("alendronic", "colecalciferol"), ("Low bone density",)),
    Condition("Rheumatoid arthritis", "69896004", "M069", (0, 0.003, 0.01, 0.015, 0.015), ("methotrexate", "folic"), ("RA",)),
    Condition("Gout", "90560007", "M109", (0, 0.004, 0.03, 0.06, 0.07), ("allopurinol",), ("Podagra",), sex="male"),
    Condition("Gastro-oesophageal reflux disease", "235595009", "K219", (0, 0.04, 0.1, 0.15, 0.17), ("omeprazole",), ("GORD", "Acid reflux")),
    Condition("Hyperlipidaemia", "55822004", "E785", (0, 0.01, 0.12, 0.2, 0.18), ("simvastatin",), ("Raised cholesterol",)),
    Condition("Body mass index 30+ - obesity", "162864005", "E669", (0.04, 0.16, 0.22, 0.2, 0.1), (), ("Obesity",)),
    Condition("Migraine", "37796009", "G439", (0.02, 0.09, 0.09, 0.04, 0.02), ("sumatriptan",), ("Migraine without aura",)),
    Condition("Eczema", "43116000", "L309", (0.12, 0.05, 0.04, 0.05, 0.05), ("hydrocortisone",), ("Atopic eczema",)),
    Condition("Anaemia", "271737000", "D649", (0.01, 0.03, 0.04, 0.07, 0.13), ("ferrous",), ("Iron deficiency anaemia",)),
    Condition("Parkinson's disease", "49049000", "G20X", (0, 0, 0.002, 0.01, 0.025), ("co-careldopa",), ("Idiopathic Parkinson's",)),
    Condition("Cataract", "193570009", "H269", (0, 0, 0.02, 0.12, 0.3), (), ("Bilateral cataracts",)),
    Condition("Attention deficit hyperactivity disorder", "", "F900", (0.03, 0.02, 0.004, 0, 0), ("methylphenidate",), ("ADHD",), True),
    Condition("Autism", "", "F840", (0.015, 0.01, 0.003, 0, 0), (), ("Autistic spectrum condition",)),
    Condition("Recurrent falls", "", "R296", (0, 0, 0.005, 0.06, 0.25), (), ("Falls",)),
    Condition("Hearing loss", "15188001", "H919", (0.005, 0.005, 0.03, 0.14, 0.35), (), ("Bilateral hearing aids",)),
    Condition("Carcinoma of breast", "254837009", "C509", (0, 0.001, 0.015, 0.03, 0.03), (), ("Breast cancer",), sex="female"),
    Condition("Benign prostatic hyperplasia", "", "N40X", (0, 0, 0.05, 0.2, 0.25), ("tamsulosin",), ("BPH",), sex="male"),
)  # fmt: skip
CONDITIONS = {condition.name: condition for condition in _ALL}

PAST = (
    ("Acute bronchitis", "10509002", "J209"),
    ("Viral sinusitis", "444814009", "J019"),
    ("Sprain of ankle", "44465007", "S934"),
    ("Otitis media", "65363002", "H669"),
    ("Acute viral pharyngitis", "195662009", "J029"),
    ("Fracture of forearm", "65966004", "S529"),
    ("Appendicitis", "74400008", "K37X"),
    ("Laceration of hand", "284549007", "S619"),
    ("Back pain", "", ""),
    ("Cellulitis of leg", "", ""),
    ("Shingles", "", ""),
    ("Urinary tract infection", "68566005", "N390"),
)


def choose(rng: Random, years: int, sex: str) -> list[Condition]:
    """The long-term conditions of one person, by age and sex alone."""
    throw = rng.random
    return [c for c in _ALL if throw() < c.share(years) and (not c.sex or c.sex == sex)]
