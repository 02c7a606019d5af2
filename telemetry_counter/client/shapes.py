"""Checks of what is read back from a file or an answer: each gives the value, typed, or raises ValueError."""


def mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def whole(value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"not a whole number between {low} and {high}")
    return value
