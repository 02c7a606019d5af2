"""Every error the project raises on purpose; each one's text is a sentence a person can act on.

CounterError
├── InvalidInput      a value from outside does not fit; the text names the parameter
├── NotFound          an app, release or token that does not exist (or is another's)
│   └── NoSuchAdmin
├── Unauthorized      no valid token
├── Forbidden         the token may not see or filter by this
├── SettingsError     the service cannot start as configured; the text names the variable
└── StoreUnavailable  the store did not answer or refused to work
    └── StoreRefuses  it answers, but does not let us in, or is too old
"""


class CounterError(Exception):
    """Base of them all."""


class InvalidInput(CounterError):
    pass


class NotFound(CounterError):
    pass


class NoSuchAdmin(NotFound):
    pass


class Unauthorized(CounterError):
    pass


class Forbidden(CounterError):
    pass


class SettingsError(CounterError):
    pass


class StoreUnavailable(CounterError):
    pass


class StoreRefuses(StoreUnavailable):
    pass
