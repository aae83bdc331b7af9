# SPDX-License-Identifier: Apache-2.0
"""JSON patch (RFC 6902) as the Kubernetes API server serves it.

It differs from the RFC in one point that sidecars rely on: `replace` of an
object's member that is not there yet sets it.  Operations move and copy are
not used by any autoscaler and are refused.
"""
import copy


class Refused(Exception):
    """The patch cannot be applied: the API server answers 422."""


def apply(document, operations):
    """The patched copy of a document."""
    document = copy.deepcopy(document)
    for operation in operations:
        _apply_one(document, operation)
    return document


def _apply_one(document, operation):
    verb, path = operation["op"], operation["path"]
    if not path.startswith("/"):
        raise Refused(f"{path}: the whole document cannot be patched")
    *parents, last = [_unescape(key) for key in path[1:].split("/")]
    at = document
    for key in parents:
        at = _child(at, key, path)
    if isinstance(at, list):
        _apply_to_list(at, verb, last, operation, path)
    elif isinstance(at, dict):
        _apply_to_object(at, verb, last, operation, path)
    else:
        raise Refused(f"{path}: no such parent")


def _apply_to_object(at, verb, key, operation, path):
    if verb == "test":
        if at.get(key) != operation["value"]:
            raise Refused("")
    elif verb == "remove":
        if key not in at:
            raise Refused(f"{path}: nothing there to remove")
        del at[key]
    elif verb in ("add", "replace"):
        at[key] = copy.deepcopy(operation["value"])
    else:
        raise Refused(f"{verb}: no such operation here")


def _apply_to_list(at, verb, key, operation, path):
    if verb == "add":
        index = len(at) if key == "-" else _index(at, key, path, 1)
        at.insert(index, copy.deepcopy(operation["value"]))
        return
    index = _index(at, key, path)
    if verb == "test":
        if at[index] != operation["value"]:
            raise Refused("")
    elif verb == "remove":
        del at[index]
    elif verb == "replace":
        at[index] = copy.deepcopy(operation["value"])
    else:
        raise Refused(f"{verb}: no such operation here")


def _child(at, key, path):
    if isinstance(at, list):
        return at[_index(at, key, path)]
    if isinstance(at, dict) and key in at:
        return at[key]
    raise Refused(f"{path}: no such parent")


def _index(at, key, path, beyond=0):
    if not key.isdigit() or int(key) >= len(at) + beyond:
        raise Refused(f"{path}: no such element")
    return int(key)


def _unescape(key):
    return key.replace("~1", "/").replace("~0", "~")
