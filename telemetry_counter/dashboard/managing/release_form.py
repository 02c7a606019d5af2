"""The form that publishes a release."""

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.parts import Field, FormView, Managing, Section, Typed
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.releases import bounds

FIELDS = (
    Field("version", "Version", is_required=True, max_length=names.VERSION.max_length, hint="As in 1.4.0."),
    Field("channel", "Channel", max_length=names.CHANNEL.max_length, hint="Empty: every channel."),
    Field("platform", "Platform", max_length=names.PLATFORM.max_length, hint="Empty: every platform."),
    Field("arch", "Architecture", max_length=names.ARCH.max_length, hint="Empty: every architecture."),
    Field("url", "URL of the download", max_length=bounds.URL_LENGTH, hint="Empty: nothing to download."),
    Field(
        "package",
        "Package",
        max_length=names.PACKAGE.max_length,
        hint="Which package the URL is for, such as deb. Publish the version again to add another.",
    ),
    Field("changelog", "What is new", kind="textarea", hint="At most 16 KiB; clients may show it."),
    Field(
        "published", "Published (UTC)", kind="datetime-local", hint="Empty: now. A time to come schedules it."
    ),
    Field("rollout_percent", "Rollout, per cent", kind="number", hint="Empty: every device at once."),
    Field(
        "rollout_seed",
        "Seed of the rollout",
        max_length=bounds.SEED_BYTES,
        hint="Empty: every release draws its devices anew.",
    ),
    Field("signature", "Signature", max_length=bounds.SIGNATURE_BYTES, hint="The updater's (Tauri)."),
    Field("critical", "Critical: tell clients that the update matters", kind="checkbox"),
    Field("required", "Required: no update may skip this release", kind="checkbox"),
)


def publish_page(places: Places, app: App, typed: Typed) -> Managing:
    fields = [filled(field, typed) for field in FIELDS]
    form = FormView("publish", "Publish", fields, typed.problem, [("app_name", app.name)])
    trail = [Choice("Apps", places.to()), Choice(app.name, places.app(app.name))]
    section = Section("The release", "only the version is needed", form=form)
    return Managing(places.tabs(""), [section], trail, places.changes)


def filled(field: Field, typed: Typed) -> Field:
    is_wrong = typed.is_about(field.name) or (field.name == "url" and typed.problem.startswith("The URL"))
    return Field(
        field.name,
        field.label,
        typed.get(field.name),
        field.kind,
        field.hint,
        field.is_required,
        field.max_length,
        is_wrong=is_wrong,
    )
