from telemetry_counter.cli import main

main(prog_name="telemetry-counter")
