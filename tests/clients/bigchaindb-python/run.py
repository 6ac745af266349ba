"""Runs the live suite of BigchainDB's own Python driver, unmodified, against a node; and reads its documents by pymongo.

    BDB_HOST=127.0.0.1 BDB_PORT=9984 python run.py [--work FOLDER]

BDB_HOST, BDB_PORT   the node's HTTP API
MONGODB_URI          its document server; without it the readers by pymongo are left out
MONGODB_DATABASE     its database there (sirius)

The driver and its suite come from the package index into FOLDER (target/bigchaindb-python), where they stay for the next
run. Exit code 0: everything passed but what expected.txt lists, and that failed. Needs Python 3.11.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import urllib.request
import venv
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
DRIVER = "bigchaindb-driver==0.6.2"


def command(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, **options)


def prepared(work):
    """The folder with the installed driver and its suite; made once for each set of requirements."""
    requirements = HERE / "requirements.txt"
    folder = work / hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    if (folder / "ready").exists():
        return folder
    venv.create(folder / "venv", with_pip=True, clear=True)
    pip = [folder / "venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command(*pip, "install", "setuptools==65.5.0", "wheel", "pytest-runner")
    command(*pip, "install", "--no-deps", "--no-build-isolation", "-r", requirements)
    command(*pip, "download", "--no-deps", "--no-build-isolation", "--no-binary", "bigchaindb-driver", DRIVER, "-d", folder)
    (archive,) = folder.glob("bigchaindb*driver-*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.glob("bigchaindb*driver-*") if path.is_dir())
    unpacked.joinpath("tests").rename(folder / "tests")
    (folder / "ready").touch()
    return folder


def outcomes(folder, target, name):
    """Whether each test of a file passed, by `Class::test[parameters]`."""
    report = folder / f"{name}.xml"
    report.unlink(missing_ok=True)
    pytest = [folder / "venv/bin/python", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
    subprocess.run([str(word) for word in [*pytest, f"--junit-xml={report}", target]], check=False)
    if not report.exists():
        sys.exit(f"{target}: pytest ended without a report")
    found = {}
    for case in xml.parse(report).iter("testcase"):
        holder = case.get("classname", "").rsplit(".", 1)[-1]
        test = f"{holder}::{case.get('name')}" if holder.startswith("Test") else case.get("name")
        found[test] = not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
    return found


def expected(software):
    """Which tests fail, and why."""
    failing = {}
    for line in (HERE / "expected.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        when, test, why = line.split(None, 2)
        if when == "always" or (when == "as-itself" and software != "BigchainDB"):
            failing[test] = why
    return failing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=HERE.parents[2] / "target/bigchaindb-python")
    work = parser.parse_args().work.resolve()
    host, port = os.environ.get("BDB_HOST", "127.0.0.1"), os.environ.get("BDB_PORT", "9984")
    with urllib.request.urlopen(f"http://{host}:{port}/", timeout=10) as answer:
        software = json.load(answer)["software"]
    folder = prepared(work)
    found = outcomes(folder, folder / "tests/test_driver.py", "driver")
    failing = expected(software)
    faults = [f"{test} fails" for test, passed in found.items() if not passed and test not in failing]
    faults += [f"{test} passes, but is expected to fail: {why}" for test, why in failing.items() if found.get(test, True)]
    own = outcomes(folder, HERE / "test_ledger.py", "ledger")
    own |= outcomes(folder, HERE / "test_readers.py", "readers") if "MONGODB_URI" in os.environ else {}
    faults += [f"{test} fails" for test, passed in own.items() if not passed]
    for fault in faults:
        print(f"FAULT: {fault}", file=sys.stderr)
    print(f"{len(found)} tests of {DRIVER}: {sum(found.values())} passed, {len(failing)} failures expected; {len(own)} own")
    return 1 if faults or not found else 0


if __name__ == "__main__":
    sys.exit(main())
