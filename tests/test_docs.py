"""README, .env.example and the program say the same."""

import re
from pathlib import Path

import click
import msgspec
import pytest

from telemetry_counter.cli import main
from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.settings import Settings, load_settings, variable_names

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text()
EXAMPLE = (TOP / ".env.example").read_text()


def test_the_example_lists_every_setting_with_its_default() -> None:
    assigned = dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", EXAMPLE))
    assert set(assigned) == set(variable_names())
    assert load_settings(assigned, Path("/nowhere")) == Settings()


def test_every_setting_in_the_readme_exists_with_its_default() -> None:
    rows = re.findall(r"(?m)^\| (`[A-Z_`, ]+`) \|(.*?)\|", README)
    assert rows
    for row in rows:
        names, defaults = (re.findall(r"`([^`]*)`", cell) for cell in row)
        for name, default in zip(names, defaults, strict=bool(defaults)):  # no default is an empty cell
            assert str(getattr(Settings(), name.lower())).lower() == default.lower(), name


def commands(group: click.Group, path: str = "telemetry-counter") -> list[str]:
    found = []
    for name, command in group.commands.items():
        found.append(f"{path} {name}")
        if isinstance(command, click.Group):
            found += commands(command, f"{path} {name}")
    return found


def test_the_readme_lists_every_command() -> None:
    for command in main.commands:
        assert f"| `telemetry-counter {command}` |" in README, command


def test_every_command_explains_itself() -> None:
    def walk(command: click.Command, path: str) -> None:
        assert command.help, path
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                walk(child, f"{path} {name}")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "version":
                assert parameter.help, f"{path} {parameter.name}"

    walk(main, "telemetry-counter")


def test_commands_named_in_the_readme_exist() -> None:
    known = set(commands(main))
    lines = re.findall(r"(?m)^\s*(?:TOKEN=\$\()?(telemetry-counter [a-z]+(?: [a-z]+)?)", README)
    assert lines
    for line in lines:
        words = line.split()
        assert " ".join(words) in known or " ".join(words[:2]) in known, line


@pytest.mark.parametrize("document", sorted(TOP.glob("*.md")) + sorted(TOP.glob("docs/**/*.md")))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_list_of_decisions_has_each_of_them() -> None:
    directory = TOP / "docs" / "decisions"
    listed = re.findall(r"(?m)^\| \[[^]]+\]\(([^)]+)\) \|", (directory / "README.md").read_text())
    assert listed == sorted(path.name for path in directory.glob("*.md") if path.name != "README.md")


def test_figures_names_every_reason() -> None:
    named = re.findall(r"(?m)^\| (`[a-z_`, ]+`) \|", (TOP / "docs" / "figures.md").read_text())
    assert {reason.value for reason in Reason} <= set(re.findall(r"[a-z_]+", " ".join(named)))


def test_settings_are_what_the_environment_says_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9000\nHOST=0.0.0.0\nWORKERS=\nUNKNOWN=1\n")
    settings = load_settings({"PORT": " 9001 ", "ENABLE_TELEMETRY": "TRUE"}, file)
    assert settings == Settings(port=9001, host="0.0.0.0", enable_telemetry=True)  # noqa: S104
    assert msgspec.structs.asdict(settings)["workers"] == 1
