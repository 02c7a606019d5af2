"""The switches as they stand now: environment, flags, files and surroundings, gathered for the decision."""

import os
import sys

from telemetry_counter.client.consent import Facts, Status, decide, is_set
from telemetry_counter.client.folder import Folder
from telemetry_counter.client.places import machine_directories, telemetry_directory, user_directory
from telemetry_counter.client.preferences import Choice, Preferences, Unreadable
from telemetry_counter.client.program import Program
from telemetry_counter.client.surroundings import against_identity


class Switches:
    __slots__ = ("_folder", "_program", "_setting", "debug_flag", "flag", "preferences")

    def __init__(self, program: Program, folder: Folder, setting: bool | None) -> None:
        self._program = program
        self._folder = folder
        self._setting = setting
        self.preferences = Preferences(folder, _machine_folders(program))
        self.flag = False
        self.debug_flag = False

    def debug_variable(self) -> bool:
        return is_set(os.environ.get(f"{self._program.variable}_DEBUG", ""))

    def status(self) -> Status:
        """Asks every switch again; writes nothing."""
        choice, trouble = self._choice()
        return decide(
            Facts(
                os.environ,
                self._program.variable,
                self.flag,
                self._setting,
                self.preferences.objection(),
                choice,
                trouble,
                self._surroundings(),
                self._program.fault(),
            )
        )

    def _choice(self) -> tuple[Choice, str]:
        try:
            return self.preferences.choice(), ""
        except Unreadable as error:
            return Choice(), str(error)

    def _surroundings(self) -> str:
        if not self._folder.path:
            return "there is no home directory to keep anything in"
        return against_identity(os.environ, self._folder.path)


def folder_of(program: Program, directory: str | None) -> Folder:
    """Where the program's files are: in `directory`, else where the system keeps configuration of users."""
    if program.fault():
        return Folder("")
    if directory:
        return Folder(os.path.abspath(directory))
    root = user_directory(sys.platform, os.environ, os.path.expanduser("~"))
    return Folder(telemetry_directory(root, program.build.app_name))


def _machine_folders(program: Program) -> list[Folder]:
    roots = [] if program.fault() else machine_directories(sys.platform, os.environ)
    return [Folder(telemetry_directory(root, program.build.app_name)) for root in roots]
