"""The program's start."""

from telemetry_counter.interrupts import end_interrupted


def main() -> None:
    try:
        # Here, so that Ctrl-C while it loads, some tenths of a second, shows no stack.
        from telemetry_counter.cli import main as program

        program(prog_name="telemetry-counter")
    except KeyboardInterrupt as interrupt:
        end_interrupted(interrupt)


if __name__ == "__main__":
    main()
