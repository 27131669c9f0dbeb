"""`python3 -m twinrail_runtime`: one attempt of one step as a process (README, "A step as a process")."""

import sys

if __name__ == "__main__":
    from twinrail_runtime.process import main

    sys.exit(main(sys.argv[1:]))
