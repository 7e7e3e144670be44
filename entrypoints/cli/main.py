"""Where `entrepot` starts: nothing is imported before it is certain whose packages would be."""

import sys

from entrypoints.cli.distribution import intruders


def main() -> None:
    """Run the command line and exit: 0 done, 1 refused, 2 wrong usage or settings, 3 not answered."""
    found = intruders()
    if found:
        sys.stderr.write(f"error: {'; '.join(found)}: uninstall it, or install entrepot in an environment of its own\n")
        sys.exit(2)
    from entrypoints.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
