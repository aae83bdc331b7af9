# SPDX-License-Identifier: Apache-2.0
"""layers.mk as a table, for the checks."""
import pathlib
import re


def read(root):
    """{folder: all folders that it may use, itself among them}."""
    text = pathlib.Path(root, "layers.mk").read_text(encoding="utf-8")
    uses = {folder: line.split() for folder, line in
            re.findall(r"^uses_(\S+)\s*:=(.*)$", text, re.MULTILINE)}

    def closure(folder):
        below = {folder}
        for used in uses.get(folder, []):
            below |= closure(used)
        return below

    return {folder: closure(folder) for folder in ["include", *uses]}


def folder_of(path, folders):
    """The folder of the table that a path is in, None for none."""
    for parent in pathlib.PurePath(path).parents:
        if str(parent) in folders:
            return str(parent)
    return None
