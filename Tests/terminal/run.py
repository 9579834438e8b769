#!/usr/bin/env python3
"""The prompt and the command line, tried as a person would: run.py PROGRAM [regular expression for tests' names]."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# Tests register themselves.
import command_line  # noqa: E402, F401
import completion  # noqa: E402, F401
import editing  # noqa: E402, F401
import exports  # noqa: E402, F401
import extension  # noqa: E402, F401
import guidance  # noqa: E402, F401
import injection  # noqa: E402, F401
import interrupting  # noqa: E402, F401
import language_server  # noqa: E402, F401
import messages  # noqa: E402, F401
import pages  # noqa: E402, F401
import pasting  # noqa: E402, F401
import programs  # noqa: E402, F401
import readme  # noqa: E402, F401
import screens  # noqa: E402, F401
import sessions  # noqa: E402, F401
import streams  # noqa: E402, F401
import studies  # noqa: E402, F401
import surroundings  # noqa: E402, F401
import texts  # noqa: E402, F401
import training  # noqa: E402, F401
import typing_aids  # noqa: E402, F401
import workspaces  # noqa: E402, F401
from harness import run_all  # noqa: E402

if __name__ == "__main__":
    sys.exit(1 if run_all(sys.argv[2] if len(sys.argv) > 2 else "") else 0)
