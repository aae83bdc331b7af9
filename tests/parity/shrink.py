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
    """The part at the path; None when it is there no more."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


class Shrinker:
    def __init__(self, case, fails):
        self.case, self.fails = case, fails

    def keep(self, path, change):
        """Makes the change in a copy, which is kept if it still fails."""
        tried = copy.deepcopy(self.case)
        change(at(tried, path))
        if not self.fails(tried):
            return False
        self.case = tried
        return True

    def shorten(self, path):
        """The list without halves, quarters, ... elements of it."""
        step = len(at(self.case, path))
        while step:
            begin = 0
            while begin < len(at(self.case, path)):
                end = begin + step
                if not self.keep(path, lambda part: part.__delitem__(
                        slice(begin, end))):
                    begin = end
            step //= 2

    def lessen(self, path):
        """The object without members, or with smaller numbers."""
        for key, value in list(at(self.case, path).items()):
            if self.keep(path, lambda part: part.pop(key)):
                continue
            if not isinstance(value, int) or isinstance(value, bool):
                continue
            if key == "now_ms":
                continue
            for less in (1, value // 2, value - 1 if value < 50 else value):
                if 0 < less < value and self.keep(
                        path, lambda part: part.update({key: less})):
                    break

    def once(self):
        for path in list(parts(self.case)):
            part = at(self.case, path)
            if isinstance(part, list):
                self.shorten(path)
            elif isinstance(part, dict):
                self.lessen(path)


def shrink(case, fails):
    """The smallest case that it finds for which fails(case) is still true."""
    shrinker = Shrinker(case, fails)
    while True:
        before = shrinker.case
        shrinker.once()
        if shrinker.case is before:
            return before
