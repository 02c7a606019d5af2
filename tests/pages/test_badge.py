"""The badge as an image."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import InvalidInput
from telemetry_counter.pages.badge import (
    DEFAULT_TITLE,
    MAX_TITLE,
    draw,
    read_color,
    read_start,
    read_title,
    short,
    text_width,
)

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1049, "1k"),
        (1050, "1.1k"),
        (12_345, "12.3k"),
        (999_949, "999.9k"),
        (999_950, "1M"),
        (1_234_567, "1.2M"),
        (999_999_999_999, "1000B"),
    ],
)
def test_short(number: int, text: str) -> None:
    assert short(number) == text


@given(st.text())
def test_any_title_gives_an_image_that_says_it(text: str) -> None:
    title = read_title(text)
    image = ElementTree.fromstring(draw(title, "12.3k"))  # noqa: S314
    assert image.attrib["role"] == "img"
    assert image.attrib["aria-label"] == f"{title}: 12.3k"
    assert image.findtext(f"{SVG}title") == f"{title}: 12.3k"
    assert [one.text for one in image.iter(f"{SVG}text")] == [title, title, "12.3k", "12.3k"]
    assert not list(image.iter(f"{SVG}script"))


def test_the_size_is_that_of_shields() -> None:
    image = ElementTree.fromstring(draw("build", "passing"))  # noqa: S314
    assert (image.attrib["width"], image.attrib["height"]) == ("88", "20")
    assert [one.attrib["x"] for one in image.iter(f"{SVG}text")] == ["195", "195", "615", "615"]
    assert (text_width("build"), text_width("passing")) == (27, 41)


@pytest.mark.parametrize(
    ("text", "color"),
    [("blue", "#007ec6"), ("4c1", "#4c1"), ("#44CC11", "#44CC11"), ("brightgreen", "#4c1")],
)
def test_colors(text: str, color: str) -> None:
    assert read_color(text) == color
    assert f'fill="{color}"' in draw("build", "passing", color)


@pytest.mark.parametrize(
    "text", ["", "mauve", "12345", "#", '"/><script>', "url(#r)", "4c1 ", "\u0661\u0661\u0661"]
)
def test_colors_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="color must be one of"):
        read_color(text)


def test_a_light_color_is_written_on_in_dark() -> None:
    assert "#333" in draw("build", "passing", "#ff0")
    assert "#333" not in draw("build", "passing", "#e05d44")


def test_titles() -> None:
    assert read_title("") == DEFAULT_TITLE
    assert read_title("\x00\n") == DEFAULT_TITLE
    assert read_title("a" * 100) == "a" * MAX_TITLE
    assert "<b>" not in draw("<b>&", "1")


@pytest.mark.parametrize(("text", "number"), [("", 0), ("0", 0), ("12000", 12_000), ("9" * 12, 10**12 - 1)])
def test_start(text: str, number: int) -> None:
    assert read_start(text) == number


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "9" * 13, "\u0661"])
def test_starts_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="start must be"):
        read_start(text)
