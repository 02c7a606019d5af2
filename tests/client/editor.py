"""A command-line program as its users know it: `editor open`, `editor update`, `editor telemetry off`."""

import argparse
import os
import sys

from telemetry_counter.client import Telemetry
from telemetry_counter.client.commands import add_telemetry_command, add_telemetry_flags

telemetry = Telemetry(
    os.environ["EDITOR_ADDRESS"],
    owner="acme",
    app="editor",
    version="1.2.3",
    channel="stable",
    command="editor",
    read_more="https://editor.example/telemetry",
    collects=("documents opened",),
    clock=lambda: float(os.environ["EDITOR_NOW"]),
)


def open_document(arguments: argparse.Namespace) -> int:
    for _ in range(arguments.times):
        telemetry.send("opened", {"event_properties": {"kind": "pdf"}, "user_properties": {"os": "linux"}})
    print("opened")
    return 0


def update(arguments: argparse.Namespace) -> int:
    telemetry.beacon()
    check = telemetry.check_for_updates(user_asked=arguments.asked)
    print(check.outcome, check.available)
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("editor")
    parser.add_argument("--seen", action="store_true", help="take the notice as shown")
    add_telemetry_flags(parser, telemetry)
    commands = parser.add_subparsers(required=True)
    opening = commands.add_parser("open")
    opening.add_argument("--times", type=int, default=1)
    opening.set_defaults(run=open_document)
    updating = commands.add_parser("update")
    updating.add_argument("--asked", action="store_true")
    updating.set_defaults(run=update)
    commands.add_parser("version").set_defaults(run=lambda arguments: print(telemetry.status()) or 0)
    add_telemetry_command(commands, telemetry)
    return parser


def main() -> int:
    arguments = parser().parse_args()
    telemetry.first_run_notice(show=print if arguments.seen else None)
    with telemetry:
        code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
