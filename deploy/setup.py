"""Creates both environments from their lock files. Standard library only: it runs before anything is installed.

    .venv/app    the app, Python >= 3.11
    .venv/rasa   Rasa 3.6, which needs Python 3.10

An environment is made again only if its lock file changed. `python3 deploy/setup.py [--dev]`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = PROJECT / ".venv"
TORCH = "torch==2.13.0"
# The PyTorch project's own index has the small CPU build; the package index's Linux build carries CUDA (3 GB more).
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PYTHON_310_HELP = """\
Rasa needs Python 3.10, and none was found on this machine. Any of these gives one; then run the command again:
  Ubuntu 22.04     sudo apt-get install python3.10 python3.10-venv
  pyenv            pyenv install 3.10
  uv               uv python install 3.10
or name one yourself:  MOTCUA_PYTHON310=/path/to/python3.10 make serve"""


def main() -> None:
    dev = "--dev" in sys.argv[1:]
    if sys.version_info < (3, 11):
        found = platform.python_version()
        sys.exit(f"The app needs Python 3.11 or later; this is {found}. Name one: make PYTHON=python3.11 …")
    make_environment("rasa", find_python310(), [PROJECT / "nlu" / "requirements.txt"])
    locks = [PROJECT / "deploy" / "app.txt"] + [PROJECT / "deploy" / "dev.txt"] * dev
    make_environment("app", sys.executable, locks, before=install_torch)


def make_environment(name, python, locks, before=None):
    """A virtual environment holding exactly what the lock files say; nothing to do where it does already."""
    folder = ENVIRONMENTS / name
    stamp = folder / "installed"
    wanted = {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks}
    have = dict(line.split() for line in stamp.read_text().splitlines()) if stamp.exists() else {}
    if wanted.items() <= have.items():
        return
    started = time.monotonic()
    say(f"Setting up {folder.relative_to(PROJECT)} ({python}); a minute or two …")
    stamp.unlink(missing_ok=True)
    if not (folder / "bin" / "python").exists():
        run([python, "-m", "venv", "--clear", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if before:
        before(folder, pip)
    for lock in locks:
        say(f"  installing {sum(1 for line in lock.open() if '==' in line)} packages of {lock.relative_to(PROJECT)}")
        run([*pip, "-r", str(lock)])
    stamp.write_text("".join(f"{k} {v}\n" for k, v in {**have, **wanted}.items()))
    say(f"  done in {time.monotonic() - started:.0f} s")


def install_torch(folder, pip):
    """The CPU build where it can be reached, else whatever the package index has."""
    if list(folder.glob("lib/python3*/site-packages/torch-2.13.0*.dist-info")):
        return
    say("  installing torch (the largest part)")
    extra = []
    if (
        platform.system() == "Linux"
        and platform.machine() == "x86_64"
        and not has_local_torch()
        and reaches(TORCH_CPU_INDEX)
    ):
        extra = ["--extra-index-url", TORCH_CPU_INDEX]
    run([*pip, *extra, TORCH])


def has_local_torch():
    """Whether pip is configured with a folder of wheels that holds it."""
    folders = os.environ.get("PIP_FIND_LINKS", "").split()
    return any(list(Path(folder).glob("torch-2.13.0*cpu*.whl")) for folder in folders if Path(folder).is_dir())


def reaches(url):
    try:
        with urllib.request.urlopen(f"{url}/torch/", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def find_python310():
    """A Python 3.10 that really runs (a version manager's shim may not), one that uv can fetch, or an explanation."""
    candidates = [os.environ.get("MOTCUA_PYTHON310"), "python3.10"]
    candidates += sorted(Path.home().glob(".pyenv/versions/3.10*/bin/python"), reverse=True)
    candidates += sorted(Path.home().glob(".local/share/uv/python/cpython-3.10*/bin/python3.10"), reverse=True)
    for candidate in filter(None, candidates):
        if is_python310(str(candidate)):
            return str(candidate)
    uv = shutil.which("uv")
    if uv:
        say("Fetching Python 3.10 with uv …")
        subprocess.run([uv, "python", "install", "3.10"], check=False)
        found = subprocess.run(
            [uv, "python", "find", "3.10"], capture_output=True, text=True, check=False
        ).stdout.strip()
        if found and is_python310(found):
            return found
    sys.exit(PYTHON_310_HELP)


def is_python310(python):
    question = "import sys, venv; print(sys.version_info[:2] == (3, 10))"
    try:
        answer = subprocess.run([python, "-c", question], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.strip() == "True"


def run(arguments):
    done = subprocess.run(arguments, check=False)
    if done.returncode:
        sys.exit(f"This step failed: {' '.join(map(str, arguments))}")


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
