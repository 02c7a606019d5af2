"""What is kept of events per app and day: the fields that the script writes and the report reads.

Each field counts events, and has a sketch of the devices they came from:

    all                                      every event
    c:stable  p:linux  a:amd64  v:1.2.3      of one channel, platform, architecture, version
    e:opened                                 of one name
    x:opened,stable,linux,amd64,1.2.3        of one name and build
    pv:opened,kind,pdf                       with one value of a property

Beside them stand '#e:' (distinct values) and 'o:e:' (counts that went to (other)), for each prefix.
"""

from enum import StrEnum

ALL = "all"


class By(StrEnum):
    """Prefixes. None begins another, or with '#' or 'o:'."""

    CHANNEL = "c:"
    PLATFORM = "p:"
    ARCH = "a:"
    VERSION = "v:"
    EVENT = "e:"
    BUILD = "x:"
    VALUE = "pv:"


OVERFLOW = "o:"
