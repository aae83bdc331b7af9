# SPDX-License-Identifier: Apache-2.0
"""What scripts/gen-man-* have in common: a program's --help as roff."""
import os
import re
import subprocess

PROGRAM = os.path.join(os.environ.get("B", "build"), "raytide")
ROW = re.compile(r"^  (\S+(?: [A-Za-z]\S*)?) {2,}(\S.*)$")
SETTING = re.compile(r"^  (\S+) +(\S.*)$")


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def ask(*args):
    return subprocess.run([PROGRAM, *args], check=True, text=True,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE).stdout


def sections(text):
    """{heading: its lines}; what stands before the first is under ""."""
    found, name = {"": []}, ""
    for line in text.splitlines():
        if re.match(r"^\S.*:$", line):
            name = line[:-1]
            found[name] = []
        elif line:
            found[name].append(line)
    return found


def entries(lines, row):
    """[head, text] of each; lines that go on belong to the one before."""
    found = []
    for line in lines:
        match = row.match(line)
        if match:
            found.append([match[1], match[2]])
        else:
            found[-1][1] += "\n" + line.strip()
    return found


def show(lines, row):
    for head, text in entries(lines, row):
        print(f".TP\n.B {roff(head)}\n{roff(text)}")
