"""Clients that send many requests at once on a connection, and such that send what no server wants."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from .fuzz_requests import Question

OUTCOME = re.compile(rb"\r\nx-telemetry: (?:dropped; reason=)?([^\r]*)")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)")
END_OF_HEAD = b"\r\n\r\n"
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    outcome: str


async def pipelined(
    port: int, take: Callable[[], list[Question]], told: Callable[[Question, Said], None]
) -> None:
    """Sends what is taken, all at once, and tells each answer; ends where nothing is taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    while questions := take():
        writer.write(b"".join(question.sent for question in questions))
        async with asyncio.timeout(ANSWER_SECONDS):
            for question in questions:
                told(question, await answer(reader, question.has_body))
    writer.close()
    await writer.wait_closed()


async def answer(reader: asyncio.StreamReader, has_body: bool) -> Said:
    head = await reader.readuntil(END_OF_HEAD)
    status = int(head[9:12])
    if has_body and status not in (204, 304):
        length = LENGTH.search(head)
        if length:
            await reader.readexactly(int(length[1]))
        else:
            await skip_chunks(reader)
    return Said(status, outcome_in(head))


def outcome_in(head: bytes) -> str:
    found = OUTCOME.search(head)
    return found[1].decode() if found else ""


async def skip_chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


async def outcomes_of(port: int, sent: bytes) -> list[str]:
    """Of all answers that come until the service ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(ANSWER_SECONDS):
            received = await read_all(reader)
    except OSError:
        pass
    finally:
        writer.close()
    return [found.decode() for found in OUTCOME.findall(received)]


async def read_all(reader: asyncio.StreamReader) -> bytes:
    received = b""
    try:
        while part := await reader.read(65_536):
            received += part
    except ConnectionResetError:  # what came before it counts
        pass
    return received
