"""What became of a hit, in the words of the response header, the report and the metrics."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a hit was not counted: one closed list; each hit has exactly one."""

    DISABLED = "disabled"
    UNKNOWN_APP = "unknown_app"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    NO_DEVICE = "no_device"
    BAD_DEVICE = "bad_device"
    BOT = "bot"
    PREFETCH = "prefetch"
    HEAD = "head"
    IMAGE_PROXY = "image_proxy"
    RATE_LIMITED = "rate_limited"
    OPTED_OUT = "opted_out"
    """Of the visitor only: the page view itself is counted."""
    NETWORK_LIMIT = "network_limit"
    """Of the device only: the request itself is counted."""
    TOO_OLD = "too_old"
    """A summary of events of a day that is not open any more."""
    UNDECLARED = "undeclared"
    """Of the part of a summary that its app has not declared: the rest is counted."""
    STORE_UNAVAILABLE = "store_unavailable"


COUNTED = b"counted"
COUNTED_WITHOUT_VISITOR = f"counted; reason={Reason.OPTED_OUT}".encode()
COUNTED_WITHOUT_UNDECLARED = f"counted; reason={Reason.UNDECLARED}".encode()
COUNTED_WITHOUT_DEVICE = f"counted; reason={Reason.NETWORK_LIMIT}".encode()
PENDING = b"pending"
DROPPED = {reason: f"dropped; reason={reason}".encode() for reason in Reason}
