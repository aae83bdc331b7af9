# SPDX-License-Identifier: Apache-2.0
"""Makes a failing snapshot small: again and again something is left out or made
smaller, and what still fails is kept (delta debugging on JSON)."""
import copy


def parts(value, path=()):
    """Paths to all lists and objects, outer ones first."""
    if isinstance(value, (dict, list)):
        yield path
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from parts(value[key], path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def shorter_lists(case, path):
    """The list without a half, a quarter, ... an element of it."""
    size = len(at(case, path))
    step = size
    while step:
        for begin in range(0, size, step):
            tried = copy.deepcopy(case)
            del at(tried, path)[begin:begin + step]
            yield tried
        step //= 2


def smaller_objects(case, path):
    """The object without a member, or with a smaller number."""
    for key, value in at(case, path).items():
        tried = copy.deepcopy(case)
        del at(tried, path)[key]
        yield tried
        if isinstance(value, int) and not isinstance(value, bool):
            for less in {1, value // 2, value - 1}:
                if 0 < less < value and key != "now_ms":
                    tried = copy.deepcopy(case)
                    at(tried, path)[key] = less
                    yield tried


def smaller(case):
    for path in list(parts(case)):
        if isinstance(at(case, path), list):
            yield from shorter_lists(case, path)
        else:
            yield from smaller_objects(case, path)


def shrink(case, fails):
    """The smallest case that it finds for which fails(case) is still true."""
    while True:
        found = next((tried for tried in smaller(case) if fails(tried)), None)
        if found is None:
            return case
        case = found
