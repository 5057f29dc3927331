"""Phone numbers as written in SIP: what was dialled, in which form, in which country.

Made-up numbers (+1 555 …) and numbers a digit too long still belong to a country, so the country comes
from the country code and, in the North American plan, from the area code.  How a number reads depends on its
form: on its length (``possible``), and where that leaves a doubt on whether the number plan knows such numbers
(``planned``), be it that they are kept for nobody.  Whether somebody could be reached there decides nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sipdiag.knowledge.nobody import is_nobodys
from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.knowledge.plans import code_plan, home_plan, split

_MAX_TEXT = 128
_SHORTEST_E164 = 7
_LONGEST_E164 = 15
_LONGEST_NATIONAL = 17
"""Digits; the library reads no longer ones."""
_LONGEST_EXTENSION = 6
_SHORTEST_WITHOUT_PLUS = 11
"""Shorter runs of digits without a plus sign are as likely somebody's national number."""
_COMPARABLE = 9
"""Digits that two numbers must share to be the same despite different prefixes."""

_SEPARATORS = re.compile(r"[-.()\s]")
_DIALLED = re.compile(r"\+?[0-9]+")
# Made-up numbers break the plan's rule that an exchange starts with 2 to 9, so only the area code counts.
# So do those that begin with 000, which belong to nobody (knowledge/nobody.py).
_NANP = re.compile(r"1(?:[2-9][0-9]{2}|000)[0-9]{7}")
_NANP_NATIONAL = re.compile(r"(?:[2-9][0-9]{2}|000)[0-9]{7}")
_INDIAN_MOBILE = re.compile(r"91[6-9][0-9]{9}")
_EXIT = re.compile(r"(?:011|00)(?=[1-9])")
_ANONYMOUS = frozenset(
    {"anonymous", "unavailable", "restricted", "unknown", "private", "withheld", "blocked", "no-caller-id"}
)


def parse_number(text: str, home: str | None = None) -> Number | None:
    """Understand a user part, a tel: or sip: URI, or a number as somebody wrote it.

    Args:
        text: parameters (``;npdi``, ``;verstat=…``), visual separators and the host are cut off.
        home: ISO code of the country whose national numbers and exit codes apply; None where unknown,
            then a national number gets no country.

    Returns:
        None if there is nothing to read.
    """
    # A number with its country code means the same everywhere: it is understood once.
    return _understood(text, None if text.startswith("+") else home)


@lru_cache(maxsize=16_384)
def _understood(text: str, home: str | None) -> Number | None:
    user, context = _user_part(text)
    if not user:
        return None
    if user.lower() in _ANONYMOUS:
        return Number(text, NumberForm.anonymous)
    digits = _SEPARATORS.sub("", user)
    if not _DIALLED.fullmatch(digits):
        return Number(text, NumberForm.other)
    if digits.startswith("+"):
        return _international(text, digits[1:], NumberForm.e164) or Number(text, NumberForm.other)
    if context:
        return _international(text, context + digits, NumberForm.national) or Number(text, NumberForm.other)
    if len(digits) <= _LONGEST_EXTENSION:
        return Number(text, NumberForm.extension)
    return _without_plus(text, digits, home.upper() if home else None)


def same_number(first: str, second: str) -> bool:
    """Whether two user parts or URIs are the same number, however each is written.

    Compared as E.164, leniently: ``+1…``, ``1…`` and ten digits are the same, as are a national number
    with its leading 0 and the same with its country code.  Extensions must be equal.
    """
    (one, one_global), (other, other_global) = _significant(first), _significant(second)
    if not one or not other:
        return False
    if one == other:
        return True
    if len(one) > len(other):
        one, one_global, other = other, other_global, one
    extra = len(other) - len(one)
    return not one_global and len(one) >= _COMPARABLE and 1 <= extra <= 3 and other.endswith(one)


def _user_part(text: str) -> tuple[str, str]:
    """The number without scheme, host and parameters, and the digits of a global phone-context."""
    rest = text[:_MAX_TEXT].strip().strip("<>")
    scheme, colon, after = rest.partition(":")
    if colon and scheme.lower() in ("tel", "sip", "sips"):
        rest = after
    user, *params = rest.partition("@")[0].split(";")
    for param in params:
        name, _, value = param.partition("=")
        if name.strip().lower() == "phone-context" and value.startswith("+") and not user.startswith("+"):
            return user.strip(), _SEPARATORS.sub("", value[1:])
    return user.strip(), ""


def _significant(text: str) -> tuple[str, bool]:
    """The digits that tell numbers apart, and whether they begin with the country code.

    Left out are the plus sign, an exit code and the leading 0 of a national number.
    """
    user, context = _user_part(text)
    digits = _SEPARATORS.sub("", user)
    if not _DIALLED.fullmatch(digits):
        return "", False
    if digits.startswith("+"):
        return digits[1:], True
    if context:
        return context + digits, True
    if len(digits) <= _LONGEST_EXTENSION:
        return digits, True
    exit_code = _EXIT.match(digits)
    if exit_code is not None and len(digits) > _SHORTEST_WITHOUT_PLUS:
        return digits[exit_code.end() :], True
    return digits.lstrip("0"), _NANP.fullmatch(digits) is not None


def _without_plus(text: str, digits: str, home: str | None) -> Number:
    """Digits alone: an exit code, a country code or a national number."""
    return (
        _after_exit_code(text, digits, home)
        or (_international(text, digits, NumberForm.e164_without_plus) if _NANP.fullmatch(digits) else None)
        or (_national(text, digits, home) if home else None)
        or (Number(text, NumberForm.national) if _behind_nine(digits, home) else None)
        or _country_code_first(text, digits)
        or Number(text, NumberForm.national if len(digits) <= _SHORTEST_WITHOUT_PLUS else NumberForm.other)
    )


def _after_exit_code(text: str, digits: str, home: str | None) -> Number | None:
    """A number behind 011 or 00; those digits open national numbers elsewhere, so the rest must hold."""
    exit_code = _EXIT.match(digits)
    if exit_code is None:
        return None
    found = _international(text, digits[exit_code.end() :], NumberForm.exit_code)
    if found is None or not found.possible:
        return None
    north_american = home is not None and _is_north_american(home)
    if exit_code[0] == "011":
        certain = north_american or (home is None and found.planned)
    else:
        certain = not north_american or found.planned
    return found if certain else None


def _behind_nine(digits: str, home: str | None) -> bool:
    """A North American number as some PBXs want it dialled, behind a 9 for an outside line.

    It looks like an Indian (91) or Pakistani (92) number; an Indian mobile is told by its 6 to 9.
    """
    behind = digits[1:]
    if not digits.startswith("9") or home is None or _INDIAN_MOBILE.fullmatch(digits):
        return False
    if _NANP_NATIONAL.fullmatch(behind):
        behind = "1" + behind
    if not _NANP.fullmatch(behind) or not _is_north_american(home):
        return False
    found = _international(behind, behind, NumberForm.e164_without_plus)
    return found is not None and found.planned


def _country_code_first(text: str, digits: str) -> Number | None:
    """Long digits that are a number of the plan once a plus sign is put before them."""
    if len(digits) < _SHORTEST_WITHOUT_PLUS or digits.startswith("0"):
        return None
    found = _international(text, digits, NumberForm.e164_without_plus)
    return found if found is not None and found.planned else None


def _national(text: str, digits: str, home: str) -> Number | None:
    """A number as it is dialled inside the home country, or behind that country's own exit code."""
    found = _plain_at_home(text, digits, home) or _read_at_home(text, digits, home)
    if found is None or found.e164 is None or len(found.e164) > len("+") + _LONGEST_E164:
        return None
    in_america = found.e164.startswith("+1") and _NANP_NATIONAL.fullmatch(digits)
    plausible = digits.startswith("0") or in_america
    return found if found.planned or (found.possible and plausible) else None


def _plain_at_home(text: str, digits: str, home: str) -> Number | None:
    """A usual national number; None for what only the library reads."""
    plan = home_plan(home)
    national = plan.dialled(digits) if plan is not None else None
    if plan is None or national is None or not int(national) or len(national) > _LONGEST_NATIONAL:
        return None
    return _described(text, plan.code, national, NumberForm.national)


def _read_at_home(text: str, digits: str, home: str) -> Number | None:
    """A number as it is dialled inside the home country, read by the library."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(digits, home, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    origin = phonenumbers.CountryCodeSource
    form = {
        origin.FROM_NUMBER_WITH_IDD: NumberForm.exit_code,
        origin.FROM_NUMBER_WITHOUT_PLUS_SIGN: NumberForm.e164_without_plus,
    }.get(parsed.country_code_source, NumberForm.national)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.national_significant_number(parsed)
    return _described(text, str(parsed.country_code), national, form, e164)


def _international(text: str, digits: str, form: NumberForm) -> Number | None:
    """Digits that begin with a country code; None if no such code exists or the length is absurd."""
    if not _SHORTEST_E164 <= len(digits) <= _LONGEST_E164:
        return None
    parts = split(digits)
    if parts is None:
        return None
    plan, rest = parts
    national = plan.regions[0].significant(rest)
    if national is None:
        import phonenumbers

        national = phonenumbers.national_significant_number(phonenumbers.parse("+" + digits, None))
    # The number as written counts, even if the number plan would drop a digit.
    return _described(text, plan.regions[0].code, national, form, "+" + digits)


def _described(text: str, code: str, national: str, form: NumberForm, e164: str | None = None) -> Number:
    plan = code_plan(code)
    assert plan is not None, "the number was read with this country code"
    region, planned = plan.locate(national)
    # A number that belongs to nobody may begin with what its plan takes for a trunk prefix.
    written = e164.removeprefix(f"+{code}") if e164 else national
    return Number(
        raw=text,
        form=form,
        e164=e164 or f"+{code}{national}",
        region=None if plan.is_global else region,
        possible=plan.regions[0].possible(national),
        planned=planned or is_nobodys(tuple(one.region for one in plan.regions), written),
        is_global_service=plan.is_global,
    )


def home_region(text: str) -> str | None:
    """The country of a number that needs no context to be understood."""
    number = parse_number(text)
    return number.region if number is not None and number.e164 is not None else None


def _is_north_american(region: str) -> bool:
    plan = home_plan(region)
    return plan is not None and plan.code == "1"
