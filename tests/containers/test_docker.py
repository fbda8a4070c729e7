"""Containers of Docker: the first execution is covered, the facts are complete."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import engines  # noqa: E402

if __name__ == "__main__":
    engines.main("docker")
