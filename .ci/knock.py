"""Does the installed wheel serve? Started in an empty folder, asked for its pages, stopped: knock.py <entrepot>."""

import signal
import subprocess
import sys
import urllib.request

PAGES = ("/health/live", "/health/ready", "/docs", "/openapi.json", "/asyncapi.json", "/problems", "/console")


def main(entrepot: str) -> None:
    command = [entrepot, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        address = said.removeprefix("serving ").partition(";")[0].strip()
        try:
            for page in PAGES:
                with urllib.request.urlopen(address + page, timeout=20) as answer:
                    if not answer.read():
                        sys.exit(f"{page} is empty")
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.communicate(timeout=30)
    if serving.returncode:
        sys.exit(f"serve ended with {serving.returncode}")
    sys.stdout.write(f"served {len(PAGES)} pages and stopped\n")


if __name__ == "__main__":
    main(sys.argv[1])
