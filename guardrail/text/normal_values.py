"""One normal form for each value, whatever way it was written.

`except` compares findings with list entries in this form, `{n}` numbers distinct values by it and
`{hash}` hashes it. The form is for comparing; nobody is meant to read it.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final

_PHONES: Final = frozenset({"PHONE_NUMBER", "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"})
_IDS: Final = frozenset({"CREDIT_CARD", "IBAN_CODE", "MAC_ADDRESS", "MEDICAL_LICENSE", "UUID"})
_NATIONAL_IDS: Final = frozenset(
    """
    ABA_ROUTING_NUMBER AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_POSTAL_CODE CA_SIN DE_BSNR
    DE_FUEHRERSCHEIN DE_HANDELSREGISTER DE_HEALTH_INSURANCE DE_ID_CARD DE_KFZ DE_LANR
    DE_PASSPORT DE_PLZ DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DE_VAT_ID ES_NIE ES_NIF
    ES_PASSPORT FI_PERSONAL_IDENTITY_CODE IN_AADHAAR IN_GSTIN IN_PAN IN_PASSPORT
    IN_VEHICLE_REGISTRATION IN_VOTER IT_DRIVER_LICENSE IT_FISCAL_CODE IT_IDENTITY_CARD
    IT_PASSPORT IT_VAT_CODE KR_BRN KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN NG_NIN
    NG_VEHICLE_REGISTRATION PH_PASSPORT PH_TIN PH_UMID PL_PESEL SE_ORGANISATIONSNUMMER
    SE_PERSONNUMMER SG_NRIC_FIN SG_UEN TH_TNIN TR_LICENSE_PLATE TR_NATIONAL_ID
    UK_DRIVING_LICENCE UK_NHS UK_NINO UK_PASSPORT UK_POSTCODE UK_VEHICLE_REGISTRATION
    US_BANK_NUMBER US_CLAIM_NUMBER US_DRIVER_LICENSE US_HEALTH_INSURANCE_MEMBER_ID US_ITIN
    US_MBI US_NPI US_PASSPORT US_PRESCRIPTION_NUMBER US_PRIOR_AUTHORIZATION_NUMBER
    US_PROVIDER_TAX_ID US_REFERRAL_NUMBER US_SSN ZA_COMPANY_REGISTRATION ZA_DRIVER_LICENSE
    ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER ZA_LICENSE_PLATE ZA_PASSPORT
    ZA_TRAFFIC_REGISTER_NUMBER ZA_VAT_NUMBER
    """.split()  # noqa: SIM905 - a hundred names read better without quotes
)
"""Numbers of people, cars and companies, by Presidio's names for them."""

_NANP_DIGITS: Final = 10
_EXTENSION: Final = re.compile(r"(?i)[\s,;]*(?:;ext=|extension|extn?\.?|x|#)[\s.:]*(\d{1,7})\s*\Z")
_LETTER: Final = re.compile(r"[^\W\d_]")
_INTERNATIONAL: Final = re.compile(r"[\s(\[]*(?:\+|00)")
_CALLING_CODE: Final = re.compile(
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"  # of two digits at most
    r"|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[7-9]\d|8[0578]\d|9[679]\d"  # of three
)
_ADDRESS: Final = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?://)?)([^/?#]*)(.*)", re.DOTALL)


def normal_value(value: str, type: str) -> str:  # noqa: A002 - the language's word
    """Return the form of `value` that is equal for all the ways to write it.

    Phone numbers become their digits without the country's code, numbers of papers, cards and
    accounts their letters and digits in upper case; an IP address becomes the shortest way to
    write it, the host of a web address lower case, and anything else folded text.

    >>> normal_value("DE89 3704 0044 0532 0130 00", "IBAN_CODE")
    'DE89370400440532013000'
    >>> normal_value("Ann@Example.org", "EMAIL_ADDRESS")
    'ann@example.org'
    """
    text = unicodedata.normalize("NFKC", value).strip()
    if type in _PHONES:
        normal = _phone(text)
    elif type == "IP_ADDRESS":
        normal = _ip_address(text)
    elif type == "URL" or "://" in text:
        normal = _web_address(text)
    elif type == "CRYPTO":  # these differ by case
        normal = text
    elif type in _IDS or type in _NATIONAL_IDS:
        normal = "".join(filter(str.isalnum, _ascii_digits(text))).upper()
    else:
        normal = ""
    return normal or " ".join(text.casefold().split())


def _phone(text: str) -> str:
    """Return the national digits, and the extension if there is one.

    Where a country is not written, only the `1` of North America is taken for one; the `0` that
    most other countries write before an area goes, since it is not written after a country.
    """
    text = _ascii_digits(text.casefold().removeprefix("tel:"))
    extension = _EXTENSION.search(text)
    number = text[: extension.start()] if extension else text
    if _LETTER.search(number):  # 1-800-FLOWERS
        return ""
    digits = "".join(filter(str.isdigit, number))
    if written := _INTERNATIONAL.match(number):
        digits = digits if written[0].endswith("+") else digits[2:]
        code = _CALLING_CODE.match(digits)
        digits = digits[code.end() :] if code and code.end() < len(digits) else digits
    if len(digits) > _NANP_DIGITS and digits[0] == "1":
        digits = digits[1:] if len(digits) == _NANP_DIGITS + 1 else digits
    digits = digits.lstrip("0") or digits
    return f"{digits}x{extension[1]}" if extension else digits


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_interface(text)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _web_address(text: str) -> str:
    """Return the address with its scheme and host in lower case, without an empty path."""
    parts = _ADDRESS.fullmatch(text)
    if parts is None:
        return ""
    scheme, host, rest = parts.groups()
    user, at, host = host.rpartition("@")
    return f"{scheme.lower()}{user}{at}{host.lower()}{'' if rest == '/' else rest}"


def _ascii_digits(text: str) -> str:
    """Return `text` with the digits of every script written as 0–9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
