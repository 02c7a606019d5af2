"""The language a browser asks for first."""

import re

MAX_BYTES = 64
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?(?![A-Za-z0-9])")


def first_language(accept_language: str) -> str:
    """Its first tag as language, script and region ('pt-BR', 'zh-Hant-TW'); '' if there is none."""
    match = _TAG.match(accept_language.strip())
    if match is None:
        return ""
    language, script, region = match.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)
