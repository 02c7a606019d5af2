"""The policy as a page: no script, nothing from elsewhere, and a style that the headers name by its hash."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from itertools import groupby
from typing import Any

STYLE = (
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;color:#1b1f24;"
    "background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}dt{font-weight:600}"
    "dd{margin:0 0 .5rem 1.25rem}code{font-size:.9em}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#14171b}a{color:#8ab4f8}}"
)
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
SECURITY = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def page(policy: dict[str, Any]) -> str:
    title = "What this service collects"
    body = [f"<h1>{title}</h1>", f"<p>{escape(policy['summary'])}</p>"]
    if "app" in policy:
        body += _app(policy["app"])
    for kind in policy["collected"]:
        body.append(f"<h2>Of every {escape(kind['kind'])}</h2><p>{escape(kind['when'])}</p>")
        body.append(_pairs((f"<code>{escape(of['name'])}</code>", of["meaning"]) for of in kind["fields"]))
    for topic, promises in groupby(policy["promises"], key=lambda promise: promise["topic"]):
        sentences = "".join(f"<li>{escape(promise['sentence'])}</li>" for promise in promises)
        body.append(f"<h2>{escape(topic)}</h2><ul>{sentences}</ul>")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>"
    )


def _app(app: dict[str, Any]) -> list[str]:
    body = [
        f"<h2>Events of {escape(app['owner'])}/{escape(app['app_name'])}</h2><p>{escape(app['summary'])}</p>"
    ]
    if app["events"]:
        body.append(_pairs(_described(app["events"])))
    if app["read_more"]:
        address = escape(app["read_more"])
        body.append(f'<p>More about it: <a href="{address}" rel="noreferrer">{address}</a></p>')
    return body


def _described(events: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    for event in events:
        yield f"<code>{escape(event['name'])}</code>", event["description"]
        for of in event["properties"]:
            values = f" One of: {', '.join(of['values'])}." if of["values"] else ""
            yield f"with <code>{escape(of['name'])}</code>", of["description"] + values


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """`pairs`: HTML, and a text for it."""
    return f"<dl>{''.join(f'<dt>{term}</dt><dd>{escape(text)}</dd>' for term, text in pairs)}</dl>"
