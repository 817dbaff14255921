#!/usr/bin/env python3
"""Compares `friction scan --head-only` with git and PyDriller on any clone, as ratios.

    cargo build --release && python3 benches/scan.py CLONE... [--rounds N] [--pydriller]

Every round runs each command once, in turn, so that a busy machine is unfair to all alike; medians are
compared (PyDriller, which takes minutes, runs once). CPU is user + system time as the kernel counts it, memory the peak resident set.

- git: `git log -p -M --no-merges` over the same commits, less those whose blobs are missing from the
  clone, on which git would stop.
- PyDriller (`pip install pydriller`): reads the same commits' modifications, in one process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FRICTION = os.path.join(ROOT, "target", "release", "friction")
PYDRILLER = """
import sys
from pydriller import Repository
for commit in Repository(sys.argv[1], only_no_merge=True, only_commits=open(sys.argv[2]).read().split()).traverse_commits():
    for file in commit.modified_files:
        file.diff, file.source_code_before, file.source_code
"""


def run(command, stdin=None):
    """CPU seconds, wall seconds and peak mebibytes of one run; its output is thrown away."""
    start = time.monotonic()
    with open(stdin or os.devnull) as source:
        child = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def readable_commits(clone):
    """The non-merge commits of HEAD all of whose blobs are in the clone."""
    git = ["git", "-C", clone]
    raw = subprocess.run(git + ["log", "--no-merges", "--raw", "--no-abbrev", "--no-renames", "--format=commit %H", "HEAD"],
                         capture_output=True, check=True).stdout.decode(errors="replace")
    blobs, commit = {}, None
    for line in raw.splitlines():
        if line.startswith("commit "):
            commit = line.split()[1]
            blobs[commit] = []
        elif line.startswith(":"):
            fields = line.split()
            blobs[commit] += [id for mode, id in zip([fields[0][1:], fields[1]], fields[2:4]) if mode != "160000"]
    ids = sorted({id for list in blobs.values() for id in list} - {"0" * 40})
    check = subprocess.run(git + ["cat-file", "--batch-check"], input="\n".join(ids).encode(), capture_output=True, check=True)
    missing = {line.split()[0] for line in check.stdout.decode().splitlines() if line.endswith("missing")}
    return [commit for commit, list in blobs.items() if not missing.intersection(list)]


def compare(clone, rounds, pydriller):
    listed = tempfile.NamedTemporaryFile("w", suffix=".commits", delete=False)
    # In a process of its own: the kernel counts a parent's memory as its child's peak.
    subprocess.run([sys.executable, __file__, "--list", clone], stdout=listed, check=True)
    listed.close()
    with open(listed.name) as file:
        commits = sum(1 for _ in file)
    scan = [FRICTION, "-C", clone, "scan", "--head-only", "--format", "json"]
    commands = {
        "git": (["git", "-C", clone, "log", "-p", "-M", "--no-walk=unsorted", "--stdin"], listed.name),
        "one thread": (scan + ["--no-cache", "--threads", "1"], None),
        "two threads": (scan + ["--no-cache", "--threads", "2"], None),
        "again": (scan + ["--threads", "1"], None),
    }
    run(scan + ["--threads", "1"])
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, stdin) in commands.items():
            taken[name].append(run(command, stdin))
    if pydriller:
        taken["pydriller"] = [run([sys.executable, "-c", PYDRILLER, clone, listed.name])]
    os.unlink(listed.name)
    median = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in taken.items()}
    print(f"{os.path.basename(os.path.dirname(clone.rstrip('/'))) or clone}: {commits} commits, {rounds} rounds")
    for name, (cpu, wall, memory) in median.items():
        print(f"  {name:<12} CPU {cpu:7.2f} s  wall {wall:7.2f} s  peak {memory:5.0f} MiB")
    print(f"  CPU of one thread / git         {median['one thread'][0] / median['git'][0]:.2f}")
    print(f"  wall of one thread / two        {median['one thread'][1] / median['two threads'][1]:.2f}")
    print(f"  wall of a second scan / first   {median['again'][1] / median['one thread'][1]:.3f}")
    if pydriller:
        print(f"  wall of PyDriller / one thread  {median['pydriller'][1] / median['one thread'][1]:.1f}")


def main():
    words = sys.argv[1:]
    if words[:1] == ["--list"]:
        print("\n".join(readable_commits(words[1])))
        return
    rounds = int(words.pop(words.index("--rounds") + 1)) if "--rounds" in words else 3
    clones = [word for word in words if not word.startswith("--")]
    if not clones:
        sys.exit(__doc__)
    for clone in clones:
        compare(os.path.realpath(clone), rounds, "--pydriller" in words)


main()
