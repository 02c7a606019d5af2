import pytest

from telemetry_counter.client.program import arch_name, this_arch, this_platform


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("x86_64", "amd64"),
        ("AMD64", "amd64"),
        ("aarch64", "arm64"),
        ("arm64", "arm64"),
        ("ARM64", "arm64"),
        ("i686", "386"),
        ("x86", "386"),
        ("armv7l", "arm"),
        ("riscv64", "riscv64"),
    ],
)
def test_architectures_have_one_name_on_all_systems(machine: str, name: str) -> None:
    assert arch_name(machine) == name


def test_this_machine_has_a_platform_and_an_architecture() -> None:
    assert this_platform() in ("linux", "darwin", "windows")
    assert this_arch() == arch_name(this_arch())
