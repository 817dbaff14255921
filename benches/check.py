#!/usr/bin/env python3
"""Compares `friction check` with ast-grep, ruff and an empty process on any clone, as ratios.

    cargo build --release && python3 benches/check.py CLONE... [--rounds N]

    npm install --prefix DIR @ast-grep/cli   and   pip install --target DIR ruff
    find the peers by PATH, or by AST_GREP=… and RUFF=…

For each clone, 1, 10 and 100 of its code files are changed and staged in a work tree of its own. Every round
runs each command once, in turn, so that a busy machine is unfair to all alike; medians are compared. CPU is
user + system time of the whole process as the kernel counts it, memory the peak resident set.

- ast-grep: twenty rules, the same for both languages, over the very files that are staged.
- ruff: `ruff check --no-cache` with its default rules over the same Python files.
- empty: `friction --version`, a process of the same size that does nothing.
- every import: `--scope file`, which asks about old imports too; a usual check asks about those that the change
  adds or may have broken.
- whole tree: `--all --scope file` against ast-grep over every file of the language.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FRICTION = os.path.join(ROOT, "target", "release", "friction")
AST_GREP = os.environ.get("AST_GREP") or shutil.which("ast-grep")
RUFF = os.environ.get("RUFF") or shutil.which("ruff")
ENDINGS = {"TypeScript": (".ts", ".tsx"), "Python": (".py",)}
SIZES = (0, 1, 10, 100)

# Twenty things that a project may want to look for, of the kinds that friction's own rules look for.
PATTERNS = {
    "TypeScript": [
        "vi.mock($$$A)", "vi.doMock($$$A)", "vi.hoisted($$$A)", "jest.mock($$$A)", "vi.fn($$$A)", "vi.spyOn($$$A)",
        "vi.resetAllMocks()", "vi.useFakeTimers($$$A)", "expect($A).rejects.$B($$$C)", "expect($A).toBeCalled()",
        "console.log($$$A)", "require($A)", "$A.filter(Boolean)", "$A as any", "new Promise($A)", "JSON.parse($A)",
        "$A?.$B!", "process.env.$A", "await import($A)", "$A.catch(() => {})",
    ],
    "Python": [
        "mock.patch($$$A)", "patch($$$A)", "patch.object($$$A)", "MagicMock($$$A)", "AsyncMock($$$A)",
        "monkeypatch.setattr($$$A)", "pytest.fixture($$$A)", "logging.getLogger($$$A)", "logger.warn($$$A)",
        "sys.path.insert($$$A)", "time.sleep($A)", "print($$$A)", "eval($A)", "exec($$$A)", "os.environ[$A]",
        "open($$$A)", "isinstance($A, $B)", "getattr($A, $B)", "setattr($$$A)", "raise Exception($A)",
    ],
}


def run(command, cwd):
    """CPU milliseconds and peak mebibytes of one run; its output is thrown away."""
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    return (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def stage(clone, language, count, into):
    """A work tree of the clone in which some files are changed and staged; their paths."""
    git = ["git", "-C", into]
    if not os.path.isdir(into):
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", clone, into], check=True)
    # A clone may lack large blobs that are no code; the rest is checked out all the same.
    subprocess.run(git + ["read-tree", "HEAD"], check=True)
    subprocess.run(git + ["checkout-index", "--all", "--force", "--quiet"], stderr=subprocess.DEVNULL)
    subprocess.run(git + ["update-index", "-q", "--refresh"], stdout=subprocess.DEVNULL)
    listed = subprocess.run(git + ["ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    code = [path for path in listed if path.endswith(ENDINGS[language]) and ".d.ts" not in path]
    code = [path for path in code if os.path.isfile(os.path.join(into, path)) and 0 < os.path.getsize(os.path.join(into, path)) < 200_000]
    paths = random.Random(count).sample(code, min(count, len(code)))
    for path in paths:
        with open(os.path.join(into, path), "a") as file:
            file.write("\n# changed\n" if language == "Python" else "\n// changed\n")
    if paths:
        subprocess.run(git + ["add", "--"] + paths, check=True)
    return paths


def rules(language, folder):
    """The file of ast-grep's rules."""
    name = "python" if language == "Python" else "tsx"
    documents = [
        f"id: rule-{number}\nlanguage: {name}\nseverity: warning\nmessage: found\nrule:\n  pattern: '{pattern}'\n"
        for number, pattern in enumerate(PATTERNS[language])
    ]
    path = os.path.join(folder, f"{name}.yml")
    with open(path, "w") as file:
        file.write("---\n".join(documents))
    return path


def compare(clone, language, rounds, folder):
    tree = os.path.join(folder, os.path.basename(clone.rstrip("/")))
    for size in SIZES:
        paths = stage(clone, language, size, tree)
        if size and len(paths) < size:
            print(f"  only {len(paths)} {language} files")
        commands = {
            "empty": [FRICTION, "--version"],
            "friction": [FRICTION, "--no-cache", "check", "--exit-zero"],
            "cached": [FRICTION, "check", "--exit-zero"],
            "every import": [FRICTION, "--no-cache", "check", "--scope", "file", "--exit-zero"],
        }
        if paths and AST_GREP:
            commands["ast-grep"] = [AST_GREP, "scan", "--rule", rules(language, folder)] + paths
        if paths and RUFF and language == "Python":
            commands["ruff"] = [RUFF, "check", "--no-cache", "--exit-zero"] + paths
        figures = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                figure = run(command, tree)
                # The first round warms the caches, the kernel's and friction's.
                if number:
                    figures[name].append(figure)
        cpu = {name: statistics.median(figure[0] for figure in all) for name, all in figures.items()}
        peak = max(figure[1] for figure in figures["friction"])
        size_kb = sum(os.path.getsize(os.path.join(tree, path)) for path in paths) / 1024
        line = f"  {len(paths):4} files, {size_kb:5.0f} KiB: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in cpu.items())
        line += f"; friction ÷ empty {cpu['friction'] / cpu['empty']:.2f}, cached ÷ empty {cpu['cached'] / cpu['empty']:.2f}"
        for peer in ("ast-grep", "ruff"):
            if peer in cpu:
                line += f", ÷ {peer} {cpu['friction'] / cpu[peer]:.2f} (every import {cpu['every import'] / cpu[peer]:.2f})"
        print(line + f"; peak {peak:.0f} MiB", flush=True)
    if AST_GREP:
        whole(tree, language, rounds, folder)


def whole(tree, language, rounds, folder):
    """Every file of the clone. Only the files of one language are checked, so that the peer reads the same."""
    git = ["git", "-C", tree]
    subprocess.run(git + ["read-tree", "HEAD"], check=True)
    subprocess.run(git + ["checkout-index", "--all", "--force", "--quiet"], stderr=subprocess.DEVNULL)
    listed = subprocess.run(git + ["ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    paths = [path for path in listed if path.endswith(ENDINGS[language]) and os.path.isfile(os.path.join(tree, path))]
    friction = [FRICTION, "--no-cache", "check", "--scope", "file", "--exit-zero"] + paths
    ast_grep = [AST_GREP, "scan", "--rule", rules(language, folder)] + paths
    figures = [(run(friction, tree), run(ast_grep, tree)) for _ in range(max(3, rounds // 4))]
    ours, theirs = (statistics.median(figure[at][0] for figure in figures) for at in (0, 1))
    peak = max(figure[0][1] for figure in figures)
    print(f"  whole tree, {len(paths)} files: friction {ours:.0f} ms, ast-grep {theirs:.0f} ms; ÷ ast-grep {ours / theirs:.2f}; peak {peak:.0f} MiB", flush=True)


def main():
    words, rounds = sys.argv[1:], 15
    if "--rounds" in words:
        at = words.index("--rounds")
        rounds = int(words[at + 1])
        del words[at : at + 2]
    if not words:
        sys.exit(__doc__)
    if not os.path.isfile(FRICTION):
        sys.exit("build first: cargo build --release")
    for name, peer in (("ast-grep", AST_GREP), ("ruff", RUFF)):
        if not peer:
            print(f"{name} is not here; it is left out")
    with tempfile.TemporaryDirectory() as folder:
        for clone in words:
            listed = subprocess.run(["git", "-C", clone, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, check=True)
            names = listed.stdout.decode(errors="replace").splitlines()
            counts = {language: sum(name.endswith(ends) for name in names) for language, ends in ENDINGS.items()}
            for language, count in counts.items():
                if count >= 100:
                    print(f"{clone}: {language}")
                    compare(os.path.abspath(clone), language, rounds, folder)


if __name__ == "__main__":
    main()
