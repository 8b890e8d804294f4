"""The medicines people take here. A code stands only where it is known to exist; the rest are words, as in real feeds."""
# ruff: noqa: E501 - a table: one row, one line

from dataclasses import dataclass


@dataclass(frozen=True)
class Medicine:
    """One product: its dm+d code if known, the doses it is given at, and whether it is repeated."""

    name: str
    code: str
    doses: tuple[str, ...]
    route: str = "oral"
    repeat: bool = True


ROUTES = {
    "oral": ("26643006", "Oral route"),
    "inhaled": ("18679011000001101", "Inhalation"),
    "subcutaneous": ("34206005", "Subcutaneous route"),
    "topical": ("6064005", "Topical route"),
}
_OD = ("One tablet once a day", "Two tablets once a day")
_ONE = ("One tablet once a day",)
_BD = ("One tablet twice a day", "Two tablets twice a day")
_NIGHT = ("One tablet at night", "Two tablets at night")
_CAPS = ("One capsule once a day", "One capsule twice a day")
_PRN = ("One or two tablets up to four times a day when required", "Two tablets four times a day")
_PUFFS = ("Two puffs twice a day", "One puff twice a day")

_ALL = (
    Medicine("Amlodipine 5mg tablets", "995011000001102", _OD),
    Medicine("Ramipril 5mg capsules", "318902004", _CAPS),
    Medicine("Losartan 50mg tablets", "", _OD),
    Medicine("Bendroflumethiazide 2.5mg tablets", "317919004", _ONE),
    Medicine("Bisoprolol 2.5mg tablets", "318605000", _OD),
    Medicine("Furosemide 40mg tablets", "317972000", ("One tablet in the morning", "Two tablets in the morning")),
    Medicine("Spironolactone 25mg tablets", "", _OD),
    Medicine("Digoxin 125microgram tablets", "317896006", ("One tablet once a day", "Half a tablet once a day")),
    Medicine("Apixaban 5mg tablets", "703908001", ("One tablet twice a day", "Half a tablet twice a day")),
    Medicine("Warfarin 5mg tablets", "319735007", ("As directed by the clinic", "One tablet once a day")),
    Medicine("Atorvastatin 20mg tablets", "320030001", _NIGHT),
    Medicine("Simvastatin 20mg tablets", "319997009", _NIGHT),
    Medicine("Aspirin 75mg dispersible tablets", "319773006", _ONE),
    Medicine("Clopidogrel 75mg tablets", "319799004", _ONE),
    Medicine(
        "Glyceryl trinitrate 400micrograms/dose pump sublingual spray",
        "18350711000001101",
        ("One or two sprays under the tongue when required", "One spray before exertion"),
    ),
    Medicine("Metformin 500mg tablets", "325278007", _BD),
    Medicine("Gliclazide 80mg tablets", "", _BD),
    Medicine("Dapagliflozin 10mg tablets", "", _ONE),
    Medicine(
        "Insulin glargine 100units/ml solution for injection 3ml pre-filled disposable devices",
        "",
        ("18 units at bedtime", "24 units at bedtime"),
        "subcutaneous",
    ),
    Medicine(
        "Salbutamol 100micrograms/dose inhaler CFC free",
        "320139002",
        ("Two puffs when required", "Up to ten puffs by spacer when required"),
        "inhaled",
    ),
    Medicine("Beclometasone 100micrograms/dose inhaler CFC free", "35908111000001105", _PUFFS, "inhaled"),
    Medicine("Fluticasone 50micrograms/dose inhaler CFC free", "320618008", _PUFFS, "inhaled"),
    Medicine("Tiotropium 18microgram inhalation powder capsules with device", "", ("One capsule inhaled once a day",), "inhaled"),
    Medicine("Prednisolone 5mg tablets", "", ("Six tablets once a day for five days",), repeat=False),
    Medicine("Levothyroxine sodium 75microgram tablets", "376988009", ("One tablet in the morning", "Two tablets in the morning")),
    Medicine("Sertraline 50mg tablets", "", _OD),
    Medicine("Citalopram 20mg tablets", "", ("One tablet once a day", "Half a tablet once a day")),
    Medicine("Mirtazapine 15mg tablets", "", _NIGHT),
    Medicine("Olanzapine 10mg tablets", "321614001", ("One tablet at night",)),
    Medicine("Aripiprazole 10mg tablets", "406787003", _ONE),
    Medicine("Lithium carbonate 400mg modified-release tablets", "321734009", _NIGHT),
    Medicine("Donepezil 10mg tablets", "323365007", ("One tablet at night",)),
    Medicine("Carbamazepine 200mg tablets", "322864007", _BD),
    Medicine("Levetiracetam 500mg tablets", "", _BD),
    Medicine("Alendronic acid 70mg tablets", "", ("One tablet once a week",)),
    Medicine("Colecalciferol 800unit capsules", "", ("One capsule once a day",)),
    Medicine("Paracetamol 500mg tablets", "322236009", ("Two tablets up to four times a day when required", *_PRN)),
    Medicine("Codeine 30mg tablets", "322503009", _PRN),
    Medicine("Naproxen 250mg tablets", "329806007", _BD),
    Medicine("Omeprazole 20mg gastro-resistant capsules", "", _CAPS),
    Medicine("Lansoprazole 30mg gastro-resistant capsules", "", _CAPS),
    Medicine("Allopurinol 100mg tablets", "1027011000001109", _OD),
    Medicine("Ferrous sulfate 200mg tablets", "957211000001105", ("One tablet once a day", "One tablet twice a day")),
    Medicine("Loratadine 10mg tablets", "320822001", _ONE),
    Medicine("Methylphenidate 10mg tablets", "323353008", _BD),
    Medicine("Hydrocortisone 1% cream", "346992009", ("Apply thinly twice a day",), "topical"),
    Medicine("Macrogol compound oral powder sachets NPF sugar free", "", ("One sachet twice a day", "One sachet when required")),
    Medicine("Tamsulosin 400microgram modified-release capsules", "", ("One capsule once a day",)),
    Medicine("Co-careldopa 25mg/100mg tablets", "", ("One tablet three times a day", "One tablet four times a day")),
    Medicine("Methotrexate 2.5mg tablets", "", ("Six tablets once a week on a Monday",)),
    Medicine("Folic acid 5mg tablets", "", ("One tablet once a week on a Friday",)),
    Medicine("Norethisterone 350microgram tablets", "326447002", _ONE),
    Medicine("Sumatriptan 50mg tablets", "", ("One tablet at the start of a migraine",)),
    Medicine("Amoxicillin 500mg capsules", "13811000001100", ("One capsule three times a day for five days",), repeat=False),
    Medicine("Phenoxymethylpenicillin 250mg tablets", "323416001", ("Two tablets four times a day for ten days",), repeat=False),
    Medicine("Nitrofurantoin 50mg capsules", "324570005", ("One capsule four times a day for three days",), repeat=False),
    Medicine("Doxycycline 100mg capsules", "", ("Two on the first day then one a day for four days",), repeat=False),
    Medicine("Amitriptyline 10mg tablets", "321745007", _NIGHT),
    Medicine("Morphine 10mg modified-release tablets", "322711002", _BD),
)  # fmt: skip

MEDICINES = {medicine.name.split()[0].lower(): medicine for medicine in _ALL}
ACUTE = tuple(medicine for medicine in _ALL if not medicine.repeat)
NOT_FROM_65 = frozenset({"naproxen"})
PENICILLINS = frozenset({"amoxicillin", "phenoxymethylpenicillin"})
