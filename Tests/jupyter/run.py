#!/usr/bin/env python3
"""The Jupyter kernel: run.py FOLDER [part of a test's name], where FOLDER holds the built `lethe` and `lethe-kernel`.

Needs jupyter_client; what needs jupyter_kernel_test, nbconvert and papermill is skipped without them."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def main(folder, pattern):
    try:
        import jupyter_client  # noqa: F401
    except ImportError:
        print("skipped the Jupyter kernel: the Python package jupyter_client is not installed")
        return 0
    # Jupyter's own folders are left alone.
    home = tempfile.mkdtemp(prefix="lethe-jupyter-")
    os.environ["JUPYTER_DATA_DIR"] = os.path.join(home, "data")
    os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(home, "runtime")
    os.environ["JUPYTER_CONFIG_DIR"] = os.path.join(home, "config")
    os.environ["IPYTHONDIR"] = os.path.join(home, "ipython")
    subprocess.run([os.path.join(folder, "lethe-kernel"), "install", "--user"], check=True, capture_output=True)
    sys.argv[1] = os.path.join(folder, "lethe")
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), "terminal"))
    sys.path.insert(0, HERE)
    import hostile  # noqa: F401
    import kernel  # noqa: F401
    import lab  # noqa: F401
    from harness import Skip, run_all, test

    @test
    def the_kernel_passes_jupyter_kernel_test():
        try:
            import jupyter_kernel_test  # noqa: F401
        except ImportError:
            raise Skip("the Python package jupyter_kernel_test is not installed")
        done = subprocess.run([sys.executable, os.path.join(HERE, "conformance.py")], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stderr.strip().splitlines()[-1]

    @test
    def a_lesson_runs_in_nbconvert_and_papermill():
        try:
            import nbconvert  # noqa: F401
            import papermill  # noqa: F401
        except ImportError:
            raise Skip("the Python packages nbconvert and papermill are not installed")
        import lessons

        with tempfile.TemporaryDirectory(prefix="lethe-lessons-") as place:
            script = os.path.join(TOP, "Examples", "4-influence-against-retraining.lethe")
            for tool, wrong in lessons.run(os.path.join(folder, "lethe"), script, place).items():
                assert wrong is None, f"{tool}: {wrong}"

    return run_all(pattern)


if __name__ == "__main__":
    sys.exit(1 if main(os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "") else 0)
