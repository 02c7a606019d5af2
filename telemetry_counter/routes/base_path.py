"""The path before all paths, where a reverse proxy serves more than this."""

from starlette.types import Scope


def under(root_path: str, scope: Scope) -> Scope:
    """The scope as ASGI wants it: with the whole path, whether the proxy took `root_path` off it or not.

    A slash at a path's end says nothing, so no request has to be sent elsewhere for it.
    """
    path: str = scope["path"]
    own = path.removeprefix(root_path) if path == root_path or path.startswith(root_path + "/") else path
    return {**scope, "root_path": root_path, "path": root_path + (own.rstrip("/") or "/")}
