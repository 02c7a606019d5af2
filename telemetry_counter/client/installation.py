"""The random id that stands for one installation: made once, kept in the user's directory."""

import re

from telemetry_counter.client.folder import Folder

FILE = "device-id"

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Installation:
    __slots__ = ("_folder",)

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def known_id(self) -> str:
        """The id if there is one; creates nothing."""
        try:
            text = (self._folder.read(FILE) or "").strip().lower()
        except ValueError:
            return ""
        return text if _UUID.fullmatch(text) else ""

    def device_id(self) -> str:
        """The id, created where there is none: of processes that start at once, all get the same."""
        return self.known_id() or self._create()

    def _create(self) -> str:
        import uuid

        with self._folder.locked():
            existing = self.known_id()
            if existing:
                return existing
            created = str(uuid.uuid4())
            self._folder.write(FILE, created + "\n", durable=True)
            return created
