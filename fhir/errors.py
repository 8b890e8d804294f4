"""Why something in a feed was not let in. Plain words for the sender, never a value from the data."""

from enum import StrEnum


class Reason(StrEnum):
    """The stable name of each reason to refuse; kept with what is in quarantine."""

    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf8"
    UNREADABLE = "unreadable"
    XML = "xml"
    UNREADABLE_FILE = "unreadable-file"
    UNSUPPORTED_FILE = "unsupported-file"
    TOO_LARGE = "too-large"
    TOO_MANY_ENTRIES = "too-many-entries"
    TOO_DEEP = "too-deep"
    DUPLICATE_KEY = "duplicate-key"
    BAD_NUMBER = "bad-number"
    UNSAFE_TEXT = "unsafe-text"
    BAD_ID = "bad-id"
    UNKNOWN_TYPE = "unknown-type"
    BAD_REFERENCE = "bad-reference"
    BAD_URL = "bad-url"
    TWO_PATIENTS = "two-patients"
    NO_PATIENT = "no-patient"
    NO_RESOURCE = "no-resource"
    REQUEST_MISMATCH = "request-mismatch"
    DUPLICATE_FULL_URL = "duplicate-full-url"
    DUPLICATE_CONDITION = "duplicate-condition"
    TWO_SERVERS = "two-servers"
    ANOTHER_SERVER = "another-server"
    UNSUPPORTED_METHOD = "unsupported-method"
    UNSUPPORTED_BUNDLE = "unsupported-bundle"
    FHIR_STU3 = "fhir-stu3"
    NOT_REGISTERED = "not-registered"
    ERASED = "erased"

    @property
    def words(self) -> str:
        """One sentence for the person who must put it right."""
        return _WORDS[self]


_WORDS = {
    Reason.NOT_JSON: "This is not JSON, or it is cut short.",
    Reason.NOT_UTF8: "The text is not UTF-8.",
    Reason.UNREADABLE: "It could not be read. Please report this: the sender need not change it.",
    Reason.XML: "This is XML; only JSON is accepted.",
    Reason.UNREADABLE_FILE: "The file cannot be read, or the compressed file is damaged or cut short.",
    Reason.UNSUPPORTED_FILE: "Only .json and .ndjson files are accepted, and either as .gz.",
    Reason.TOO_LARGE: "It is larger than the limit of 16 MiB. Only a Bundle may be larger, and no entry of it.",
    Reason.TOO_MANY_ENTRIES: "The Bundle has more entries than the limit.",
    Reason.TOO_DEEP: "Elements are nested more deeply than the limit.",
    Reason.DUPLICATE_KEY: "The same element is given twice in one object, so its value is not certain.",
    Reason.BAD_NUMBER: "A number is too large, or is not a number that JSON has.",
    Reason.UNSAFE_TEXT: "A text holds control characters, or characters that change the direction of reading.",
    Reason.BAD_ID: "The id is not 1 to 64 letters, digits, hyphens and full stops.",
    Reason.UNKNOWN_TYPE: "The resourceType is missing or is not one of FHIR R4.",
    Reason.BAD_REFERENCE: "A reference is not of a form that FHIR has, or points to nothing.",
    Reason.BAD_URL: "A web address is not one that starts with https, http or urn.",
    Reason.TWO_PATIENTS: "It names two different patients.",
    Reason.NO_PATIENT: "It must say which patient it is about, and does not.",
    Reason.NO_RESOURCE: "The entry has no resource, and does not ask for one to be deleted.",
    Reason.REQUEST_MISMATCH: "The entry's request names another resource than the one it holds.",
    Reason.DUPLICATE_FULL_URL: "Two different resources of the Bundle have the same fullUrl.",
    Reason.DUPLICATE_CONDITION: "Different resources of the Bundle, without an id, are put under the same condition.",
    Reason.TWO_SERVERS: "Two servers give resources of the Bundle the same type and id: one would replace the other.",
    Reason.ANOTHER_SERVER: "It is about what another server holds, not the one that its Bundle comes from.",
    Reason.UNSUPPORTED_METHOD: "Only PUT, POST and DELETE are accepted.",
    Reason.UNSUPPORTED_BUNDLE: "This type of Bundle is not accepted, or its type is missing.",
    Reason.FHIR_STU3: "This is FHIR STU3; only FHIR R4 is accepted.",
    Reason.NOT_REGISTERED: "This feed is not registered to send this kind of resource.",
    Reason.ERASED: "It was erased here by order, and is not taken again. Its bytes were not kept.",
}


class RefusalError(Exception):
    """Raised deep in the gate, answered in one place as a `Refused`. Carries no value from the data."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
