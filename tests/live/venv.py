# SPDX-License-Identifier: Apache-2.0
"""Virtual environments: made once under the build folder, made anew when what
they are to hold has changed."""
import pathlib
import shutil
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def ensure(build, name="venv", requirements=None):
    """The bin folder of the environment `name`, which holds what the lines of
    `requirements` say (else requirements.txt: Ray); SystemExit when it cannot
    be made."""
    if sys.version_info < (3, 9):
        raise SystemExit("python: %d.%d is too old for Ray; needs 3.9 or newer"
                         % sys.version_info[:2])
    folder = pathlib.Path(build).resolve() / name
    stamp = folder / "installed.txt"
    wanted = requirements or REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return folder / "bin"
    shutil.rmtree(folder, ignore_errors=True)
    print(f"installing packages into {folder} (once)", flush=True)
    _run([sys.executable, "-m", "venv", folder],
         "python -m venv failed; on Debian install python3-venv")
    listed = folder / "requirements.txt"
    listed.write_text(wanted)
    _run([folder / "bin" / "python", "-m", "pip", "install", "--quiet",
          "--disable-pip-version-check", "--requirement", listed],
         "pip could not install them; is PyPI within reach?")
    stamp.write_text(wanted)
    return folder / "bin"


def _run(argv, hint):
    if subprocess.run(argv, stdin=subprocess.DEVNULL).returncode:
        raise SystemExit(f"venv: {hint}")
