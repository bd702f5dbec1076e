"""The entities that `pii` may be asked for, known without importing Presidio."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GENERIC: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CREDIT_CARD": "CreditCardRecognizer",
        "CRYPTO": "CryptoRecognizer",
        "DATE_TIME": "DateRecognizer",
        "EMAIL_ADDRESS": "EmailRecognizer",
        "IBAN_CODE": "IbanRecognizer",
        "IP_ADDRESS": "IpRecognizer",
        "MAC_ADDRESS": "MacAddressRecognizer",
        "PHONE_NUMBER": "PhoneRecognizer",
        "URL": "UrlRecognizer",
        "UUID": "UuidRecognizer",
    }
)
"""Entities of no particular country, and the Presidio class that finds each."""

BY_COUNTRY: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "AU": {
            "AU_ABN": "AuAbnRecognizer",
            "AU_ACN": "AuAcnRecognizer",
            "AU_MEDICARE": "AuMedicareRecognizer",
            "AU_TFN": "AuTfnRecognizer",
        },
        "CA": {"CA_POSTAL_CODE": "CaPostalCodeRecognizer", "CA_SIN": "CaSinRecognizer"},
        "DE": {
            "DE_BSNR": "DeBsnrRecognizer",
            "DE_FUEHRERSCHEIN": "DeFuehrerscheinRecognizer",
            "DE_HANDELSREGISTER": "DeHandelsregisterRecognizer",
            "DE_HEALTH_INSURANCE": "DeHealthInsuranceRecognizer",
            "DE_ID_CARD": "DeIdCardRecognizer",
            "DE_KFZ": "DeKfzRecognizer",
            "DE_LANR": "DeLanrRecognizer",
            "DE_PASSPORT": "DePassportRecognizer",
            "DE_PLZ": "DePlzRecognizer",
            "DE_SOCIAL_SECURITY": "DeSocialSecurityRecognizer",
            "DE_TAX_ID": "DeTaxIdRecognizer",
            "DE_TAX_NUMBER": "DeTaxNumberRecognizer",
            "DE_VAT_ID": "DeVatIdRecognizer",
        },
        "ES": {
            "ES_NIE": "EsNieRecognizer",
            "ES_NIF": "EsNifRecognizer",
            "ES_PASSPORT": "EsPassportRecognizer",
        },
        "FI": {"FI_PERSONAL_IDENTITY_CODE": "FiPersonalIdentityCodeRecognizer"},
        "GB": {
            "UK_DRIVING_LICENCE": "UkDrivingLicenceRecognizer",
            "UK_NHS": "NhsRecognizer",
            "UK_NINO": "UkNinoRecognizer",
            "UK_PASSPORT": "UkPassportRecognizer",
            "UK_POSTCODE": "UkPostcodeRecognizer",
            "UK_VEHICLE_REGISTRATION": "UkVehicleRegistrationRecognizer",
        },
        "IN": {
            "IN_AADHAAR": "InAadhaarRecognizer",
            "IN_GSTIN": "InGstinRecognizer",
            "IN_PAN": "InPanRecognizer",
            "IN_PASSPORT": "InPassportRecognizer",
            "IN_VEHICLE_REGISTRATION": "InVehicleRegistrationRecognizer",
            "IN_VOTER": "InVoterRecognizer",
        },
        "IT": {
            "IT_DRIVER_LICENSE": "ItDriverLicenseRecognizer",
            "IT_FISCAL_CODE": "ItFiscalCodeRecognizer",
            "IT_IDENTITY_CARD": "ItIdentityCardRecognizer",
            "IT_PASSPORT": "ItPassportRecognizer",
            "IT_VAT_CODE": "ItVatCodeRecognizer",
        },
        "KR": {
            "KR_BRN": "KrBrnRecognizer",
            "KR_DRIVER_LICENSE": "KrDriverLicenseRecognizer",
            "KR_FRN": "KrFrnRecognizer",
            "KR_PASSPORT": "KrPassportRecognizer",
            "KR_RRN": "KrRrnRecognizer",
        },
        "NG": {
            "NG_NIN": "NgNinRecognizer",
            "NG_VEHICLE_REGISTRATION": "NgVehicleRegistrationRecognizer",
        },
        "PH": {
            "PH_PASSPORT": "PhPassportRecognizer",
            "PH_TIN": "PhTinRecognizer",
            "PH_UMID": "PhUmidRecognizer",
        },
        "PL": {"PL_PESEL": "PlPeselRecognizer"},
        "SE": {
            "SE_ORGANISATIONSNUMMER": "SeOrganisationsnummerRecognizer",
            "SE_PERSONNUMMER": "SePersonnummerRecognizer",
        },
        "SG": {"SG_NRIC_FIN": "SgFinRecognizer", "SG_UEN": "SgUenRecognizer"},
        "TH": {"TH_TNIN": "ThTninRecognizer"},
        "TR": {
            "TR_LICENSE_PLATE": "TrLicensePlateRecognizer",
            "TR_NATIONAL_ID": "TrNationalIdRecognizer",
        },
        "US": {
            "ABA_ROUTING_NUMBER": "AbaRoutingRecognizer",
            "MEDICAL_LICENSE": "MedicalLicenseRecognizer",
            "US_BANK_NUMBER": "UsBankRecognizer",
            "US_CLAIM_NUMBER": "UsClaimNumberRecognizer",
            "US_DRIVER_LICENSE": "UsLicenseRecognizer",
            "US_HEALTH_INSURANCE_MEMBER_ID": "UsHealthInsuranceMemberIdRecognizer",
            "US_ITIN": "UsItinRecognizer",
            "US_MBI": "UsMbiRecognizer",
            "US_NPI": "UsNpiRecognizer",
            "US_PASSPORT": "UsPassportRecognizer",
            "US_PRESCRIPTION_NUMBER": "UsPrescriptionNumberRecognizer",
            "US_PRIOR_AUTHORIZATION_NUMBER": "UsPriorAuthorizationNumberRecognizer",
            "US_PROVIDER_TAX_ID": "UsProviderTaxIdRecognizer",
            "US_REFERRAL_NUMBER": "UsReferralNumberRecognizer",
            "US_SSN": "UsSsnRecognizer",
        },
        "ZA": {
            "ZA_COMPANY_REGISTRATION": "ZaCompanyRegistrationRecognizer",
            "ZA_DRIVER_LICENSE": "ZaDriverLicenseRecognizer",
            "ZA_ID_NUMBER": "ZaIdNumberRecognizer",
            "ZA_INCOME_TAX_NUMBER": "ZaIncomeTaxNumberRecognizer",
            "ZA_LICENSE_PLATE": "ZaLicensePlateRecognizer",
            "ZA_MOBILE_NUMBER": "ZaMobileNumberRecognizer",
            "ZA_PASSPORT": "ZaPassportRecognizer",
            "ZA_TELEPHONE_NUMBER": "ZaTelephoneNumberRecognizer",
            "ZA_TRAFFIC_REGISTER_NUMBER": "ZaTrafficRegisterNumberRecognizer",
            "ZA_VAT_NUMBER": "ZaVatNumberRecognizer",
        },
    }
)
"""Entities of one country (ISO 3166), and the Presidio class that finds each."""

CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {**GENERIC, **{name: cls for group in BY_COUNTRY.values() for name, cls in group.items()}}
)
"""Every entity that can be found without a language model, and its Presidio class."""

PHONES: Final = frozenset({"PHONE_NUMBER", "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"})
"""The entities that `phonenumbers` finds; all the others have patterns."""

DEFAULT: Final[tuple[str, ...]] = (
    "CREDIT_CARD",
    "CRYPTO",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "MEDICAL_LICENSE",
    "PHONE_NUMBER",
    "UK_NHS",
    "US_BANK_NUMBER",
    "US_DRIVER_LICENSE",
    "US_ITIN",
    "US_PASSPORT",
    "US_SSN",
    "UUID",
)
"""What Presidio looks for in English by default, less dates and bare web addresses."""


MISSING_ENTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: f"a model that finds {name}"
        for name in ("PERSON", "LOCATION", "ADDRESS", "ORGANIZATION", "NRP", "AGE")
    }
)
"""Entities that have no shape of their own, so that a model must know them, and what they need."""

FOUND_ENTITIES: Final[frozenset[str]] = frozenset(CLASSES)
"""Every entity that is found without the host."""

ENTITIES: Final[frozenset[str]] = FOUND_ENTITIES | frozenset(MISSING_ENTITIES)
"""Every entity that a policy may name."""


REGIONS: Final[frozenset[str]] = frozenset(
    """
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
    BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK
    DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ
    GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM
    KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH
    PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR
    SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UK US UY UZ VA
    VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - 246 quoted codes would fill pages
)
"""Every region that a policy may name: those of phonenumbers, and `UK` for `GB`."""


def default_entities(regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is looked for when a policy names no entities.

    Without regions that is Presidio's own English set; with regions it is the entities of no
    particular country (dates and web addresses apart) and those of the countries named, for the
    US only the ones that Presidio looks for by default.

    >>> default_entities(("FI",))[-1]
    'FI_PERSONAL_IDENTITY_CODE'
    """
    if not regions:
        return DEFAULT
    generic = (name for name in GENERIC if name in DEFAULT)
    national = (
        name
        for region in regions
        for name in BY_COUNTRY.get(region, ())
        if region != "US" or name in DEFAULT
    )
    return (*generic, *national)
