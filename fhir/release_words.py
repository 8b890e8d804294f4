"""Words by which a statement is kept from the person whom it is about, each group with its reason. In doubt they match.

Case does not count. The patterns are run by the engine of the JSON Schema validator: every resource of a feed is asked,
and Python's `re` would take ten times as long for so many words. What they guard: Data Protection Act 2018, Schedule 3
(serious harm, child abuse data) and Schedule 2 paragraph 16 (what is said about or by others).
"""

import re
from enum import StrEnum

import jsonschema_rs


class Kept(StrEnum):
    """Why a statement is not shown to the person."""

    SAFEGUARDING = "safeguarding"
    ABUSE = "abuse"
    THIRD_PARTY = "third party"
    SERIOUS_HARM = "serious harm"
    STAFF_RISK = "staff risk"
    NOT_RELEASED = "not yet released"


_GAP = r"[\s-]+"
_RELATIVES = (
    "(?:step)?(?:mother|mum|father|dad|daughter)|parents?|wife|husband|spouse|partner|sibling|neighbou?r|carer|relatives?"
    "|(?:boy|girl)?friend|guardian|grand(?:mother|father|parents?)|next of kin|uncle|cousin|niece|nephew|housemate"
    "|flatmate|landlord|landlady"
    "|(?:his|her|their) (?:son|brother|sister|aunt)"  # alone they are part of other words, or a nurse's title
)
_SAYS = (
    "says|said|reports|reported|states|stated|told|tells|alleges|alleged|discloses|disclosed|informs|informed|feels"
    "|felt|thinks|believes|worried|worries|concerned|contacted|rang|phoned|called|wrote|describes|described"
    "|hits?|beats|punche[ds]|kicks|kicked|attacks|attacked|strangles|strangled|threatens|threatened"
)
_SAFEGUARDING = (
    rf"safeguard|(?:child|children|adult|public){_GAP}protection|protection{_GAP}(?:plan|register|conference)"
    rf"|at{_GAP}risk{_GAP}register|looked{_GAP}after|child(?:ren)?{_GAP}in{_GAP}(?:need|care)|foster{_GAP}(?:care|child|parent|placement|home)|foster(?:ed|ing)|section{_GAP}47"
    rf"|\bmarac\b|\bmappa\b|children.{{0,2}}s?{_GAP}(?:social|services)|social{_GAP}services"
    rf"|non{_GAP}accidental|genital{_GAP}mutilation|\bfgm\b|forced{_GAP}marriage|honour{_GAP}based|traffick"
    rf"|modern{_GAP}slavery|exploit|county{_GAP}lines|radicali[sz]|neglect|induced{_GAP}illness|family[ -]court"
    rf"|(?:child|children|adults?|infant|baby){_GAP}at{_GAP}risk|vulnerable{_GAP}(?:adult|child|young)"
    rf"|cause[ -]for[ -]concern[ -](?:form|raised|referral)|strategy{_GAP}(?:meeting|discussion)"
    rf"|care[ -](?:order|proceedings)|supervision[ -]order|parental{_GAP}responsibility"
    rf"|\b(?:nai|cse|fii|lado)\b|\bs(?:ec)?[ .]47{_GAP}|\bmash{_GAP}(?:referral|enquiry|team|form)"
    rf"|\bcp[ -](?:plan|conference|register|medical)|\bcin[ -](?:plan|meeting)|\blac[ -](?:review|medical|health)"
    rf"|fabricated{_GAP}illness|munchausen.{{0,12}}proxy|female{_GAP}circumcision|cuckooing"
)
_ABUSE = (
    rf"abus|domestic{_GAP}(?:violence|incident)|partner{_GAP}violence|assault|\braped?\b|coerci"
    rf"|controlling{_GAP}behaviou?r|perpetrator|molest|\bincest|\bgrooming\b|\bvictim|batter(?:ed|ing)\b"
    rf"|\b(?:dva?|idva|isva|sarc)\b|non[ -]fatal{_GAP}strangulation|restraining[ -]order|dash[ -]risk"
)
_THIRD_PARTY = (
    rf"third{_GAP}part(?:y|ies)|3rd{_GAP}part(?:y|ies)|family[ -]history|\bfhx?(?: ?[:-]| of\b)|\bfhx\b|\bf/h\b"
    rf"|collateral{_GAP}history"
    rf"|\binformants?\b|next{_GAP}of{_GAP}kin|adoption|adopted{_GAP}child|birth{_GAP}(?:mother|father|parents?)"
    rf"|paternity|\b(?:{_RELATIVES}) (?:\w+ )?(?:{_SAYS})\b"
    rf"|\b(?:by|from|to) (?:(?:his|her|their|the|a|an) )?(?:ex[ -])?(?:{_RELATIVES})\b"
    rf"|\b(?:son|brother) (?:\w+ )?(?:{_SAYS})\b"
)
_SERIOUS_HARM = (
    rf"serious{_GAP}harm|suicid|self{_GAP}(?:harm|injur|poison)|ligature|harm{_GAP}to{_GAP}(?:self|others)|homicid"
    rf"|risk{_GAP}to{_GAP}self|(?:end|ending|take|taking){_GAP}(?:his|her|their|own){_GAP}(?:own{_GAP})?life"
    rf"|not{_GAP}(?:to{_GAP})?(?:be{_GAP})?(?:disclosed?|shared?|shown?|told|tell|inform)\b"
    rf"|not{_GAP}for{_GAP}(?:the{_GAP})?patient|withh(?:eld|old){_GAP}from|patient{_GAP}(?:is{_GAP})?(?:not{_GAP}a|una)ware"
    rf"|not{_GAP}(?:been{_GAP}|yet{_GAP})+(?:told|informed|discussed|disclosed)"
    rf"|(?:must|should|may){_GAP}not{_GAP}(?:see|know|read)\b|not{_GAP}(?:aware{_GAP}of|know){_GAP}(?:\w+{_GAP})?(?:dia|pro)gnosis"
    rf"|not{_GAP}(?:to{_GAP})?(?:be{_GAP})?(?:visible|released?|accessible|seen){_GAP}(?:online|(?:to|by){_GAP}(?:the{_GAP})?patient)"
    rf"|(?:hide|hidden|keep|kept|concealed|redacted){_GAP}from{_GAP}(?:the{_GAP})?(?:patient|online)"
    rf"|kill(?:ing)?{_GAP}(?:himself|herself|themsel|others)|(?:wants?|wish(?:es)?)[ -]to[ -]die\b|\bdsh\b"
    rf"|(?:deliberate|intentional){_GAP}overdose"
)
_STAFF_RISK = (
    rf"(?:risk|danger){_GAP}to{_GAP}(?:staff|others|professionals|workers|visitors|public|children)|violen|weapon|firearm"
    rf"|aggressive{_GAP}(?:behaviou?r|patient|person|to|outburst|incident)|verbally{_GAP}aggressive"
    rf"|physically{_GAP}aggressive|aggression|(?:two|2)[ -](?:person|people|staff)|lone{_GAP}work"
    rf"|(?:visit|seen?|visits){_GAP}(?:\w+{_GAP})?(?:alone|in{_GAP}(?:pairs|twos))|zero[ -]tolerance|vexatious|harass"
    rf"|stalk(?:er|ing)|offender|threat(?:s|en\w*)?{_GAP}(?:to|towards|against|staff|nurse|doctor|reception)|dangerous{_GAP}(?:dog|patient|person)|\bdogs?{_GAP}at"
    rf"|carr(?:ies|ying){_GAP}(?:a{_GAP})?(?:knife|knives)|special{_GAP}allocation{_GAP}scheme"
)
GROUPS: tuple[tuple[Kept, str], ...] = (
    (Kept.SAFEGUARDING, _SAFEGUARDING),
    (Kept.ABUSE, _ABUSE),
    (Kept.STAFF_RISK, _STAFF_RISK),
    (Kept.SERIOUS_HARM, _SERIOUS_HARM),
    (Kept.THIRD_PARTY, _THIRD_PARTY),
)


def _engine(pattern: str) -> jsonschema_rs.Validator:
    """What says of a text whether the pattern is anywhere in it."""
    limits = jsonschema_rs.RegexOptions(size_limit=10**8, dfa_size_limit=10**8)
    return jsonschema_rs.validator_for({"pattern": f"(?i:{pattern})"}, pattern_options=limits)


_ENGINES = {reason: _engine(words) for reason, words in GROUPS}
_RELATIVE = _engine(rf"\b(?:{_RELATIVES})\b")
_ON_FLAGS = _engine(r"aggress|\bdogs?\b|dangerous|police|prison|threat|knife|\bguns?\b|arson|alert staff|hostile")
_ANY = _engine("|".join((*(words for _, words in GROUPS), "relatedperson", "sec-label", rf"\b(?:{_RELATIVES})\b")))
_PIECES = (
    "safeguard protection risk looked child foster section marac mappa services accidental mutilation fgm "
    "marriage honour traffick slavery exploit county radicali neglect induced abus violen domestic assault rape "
    "coerci controlling perpetrator molest incest grooming victim batter third 3rd fh: fhx f/h collateral "
    "informant adopt paternity mother father parent mum dad wife husband spouse partner daughter sibling neighbo "
    "carer relative friend guardian next serious suicid self ligature harm homicid life withh aware weapon "
    "firearm aggress lone pairs vexatious harass stalk offender threat danger dog relatedperson sec-label "
    "vulnerable strategy parental fabricated munch circumcis cuckoo strangulation restraining overdose knife knives "
    "allocation uncle cousin niece nephew housemate flatmate landl brother nai cse fii lado mash dsh dv idva isva sarc "
    "twos hide hidden keep kept concealed redacted kill"
)
_WITH_GAPS = (
    *(f"{first}{gap}{second}" for first, seconds in (("family", "hc"), ("two", "ps"), ("zero", "t")) for gap in " -"
      for second in seconds),
    "fh ", "fh-", "not ", "not-", "his ", "her ", "their ", "[^a-z]son ",
    "cause[ -]for", "care[ -]order", "care[ -]proceed", "supervision[ -]", "s[ .]47", "sec[ .]47", "cp[ -][pcrm]",
    "cin[ -][pm]", "lac[ -][rmh]", "dash[ -]risk", "to[ -]die", "2[ -](?:pe|st)",
)  # fmt: skip
_has_piece = jsonschema_rs.validator_for(
    {"pattern": "|".join((*_PIECES.split(), *_WITH_GAPS))}, pattern_options=jsonschema_rs.RegexOptions()
).is_valid
"""Of each of those words a piece, in small letters: to be searched for much faster. The tests hold it to the whole."""

_SUBSTANCES = (
    "alcohol|drugs?|substances?|solvents?|opioids?|opiates?|heroin|cocaine|crack|cannabis|amphetamines?|ketamine"
    "|benzodiazepines?|sedatives?|hypnotics?|hallucinogens?|inhalants?|laxatives?|steroids?|tobacco|nicotine|caffeine"
    "|analgesics?|stimulants?|barbiturates?|medications?|medicines?|psychoactive|volatile|prescription|polysubstance"
)
_OF_SUBSTANCES = re.compile(
    rf"\b(?:{_SUBSTANCES})(?:[\s,/&-]+(?:and|or|{_SUBSTANCES}))*[\s/-]*(?:mis)?abus\w*"
    rf"|abus\w*\s+(?:of\s+)?(?:[\w-]+\s+)?(?:{_SUBSTANCES})\b",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(
    r"\b(?:domestic|sexual|physical|emotional|psychological|financial|verbal|elder|child|spous\w*|institutional|racial)\w*"
    rf"(?:[\s,/&-]+(?:and|or|other|{_SUBSTANCES}))*[\s,/&-]+abus",
    re.IGNORECASE,
)


def why(text: str) -> Kept | None:
    """The reason that some words give."""
    text = _plain(text)
    for reason, engine in _ENGINES.items():
        if engine.is_valid(text) and (reason is not Kept.ABUSE or _is_of_people(text)):
            return reason
    return None


def _plain(text: str) -> str:
    """With a space for whatever is not ASCII: beside such letters the engine takes a thousand times as long."""
    return text if text.isascii() else _NOT_ASCII.sub(" ", text)


_ESCAPED_SPACE = re.compile(r"\\[ntrfb]")
_ESCAPED_SIGN = re.compile(r'\\(["/])')
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _is_of_people(text: str) -> bool:
    """Abuse of alcohol, drugs and the like is the person's own matter; any other is not."""
    return bool(_OF_PEOPLE.search(text)) or _ENGINES[Kept.ABUSE].is_valid(_OF_SUBSTANCES.sub(" ", text))


def names_a_relative(text: str) -> bool:
    """Whether it names somebody by what they are to the person."""
    return _RELATIVE.is_valid(_plain(text))


def warns_staff(text: str) -> bool:
    """Whether a flag's words warn those who visit. Elsewhere they may mean else (aggressive lymphoma)."""
    return _ON_FLAGS.is_valid(_plain(text))


def may_speak(body: bytes) -> bool:
    """Whether the bytes of a resource may hold any of these words: False is sure, True means that it must be read."""
    if body.isascii() and b"\\" not in body:
        return _has_piece(body.lower().decode()) and _ANY.is_valid(body.decode())
    text = body.decode("utf-8", "replace")
    if "\\u" in text or "\\\\" in text:
        return True  # an escaped letter or backslash may hide one
    text = _plain(_ESCAPED_SIGN.sub(r"\1", _ESCAPED_SPACE.sub(" ", text)))
    return _has_piece(text.lower()) and _ANY.is_valid(text)
