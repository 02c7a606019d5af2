"""What becomes of a release that is published again, in words."""

from dataclasses import fields
from datetime import datetime

from telemetry_counter.releases.release import Release

FLAGS = ("critical", "required")


def kept(given: Release, stored: Release) -> tuple[str, ...]:
    """The fields in which what was there before stands, because `given` does not say them."""
    return tuple(one.name for one in fields(Release) if getattr(given, one.name) != getattr(stored, one.name))


def kept_sentence(given: Release, stored: Release) -> str:
    """'' where nothing was kept."""
    words = [_word(name, given, stored) for name in kept(given, stored)]
    return f"Kept from before: {', '.join(words)}." if words else ""


def dropped_sentence(old: Release, stored: Release) -> str:
    """The flags are the new ones. '' where none was lost."""
    lost = [name for name in FLAGS if getattr(old, name) and not getattr(stored, name)]
    return f"It is no longer {' and '.join(lost)}, as that was not said again." if lost else ""


def moment_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _word(name: str, given: Release, stored: Release) -> str:
    match name:
        case "rollout_percent":
            return f"rollout to {stored.rollout_percent} % of the devices"
        case "packages":
            names = [one or "the plain one" for one in stored.packages if one not in given.packages]
            return f"packages ({', '.join(names)})"
        case "published":
            return f"its time, {moment_text(stored.published)}"
        case _:
            return name.replace("_", " ")
