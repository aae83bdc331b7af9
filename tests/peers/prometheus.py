# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format, read more strictly than Prometheus does: every
family has its help and type first, no series comes twice, and histograms add
up."""
import re

HEAD = re.compile(r"# (HELP|TYPE) ([a-z_]+) (.+)")
LABEL = r'[a-zA-Z_]+="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-z_]+)\{{({LABEL}(?:,{LABEL})*)\}} (\S+)")
SUFFIXES = {"counter": ("",), "gauge": ("",),
            "histogram": ("_bucket", "_sum", "_count")}


class Page:
    """`kinds` by family; `samples` by (name, labels), labels without
    SessionName; `sessions` are the values of that."""

    def __init__(self, text):
        self.kinds, self.samples, self.sessions = {}, {}, set()
        if not text.endswith("\n"):
            raise ValueError("the last line has no end")
        family = helped = None
        for line in text.splitlines():
            head, sample = HEAD.fullmatch(line), SAMPLE.fullmatch(line)
            if head and head[1] == "HELP":
                helped = head[2]
            elif head:
                family = head[2]
                if helped != family or family in self.kinds:
                    raise ValueError(f"out of order: {line}")
                self.kinds[family] = head[3]
                if head[3] == "counter" and not family.endswith("_total"):
                    raise ValueError(f"not a counter's name: {line}")
            elif sample:
                self._add(family, *sample.groups())
            else:
                raise ValueError(f"not understood: {line}")
        for family in (name for name, kind in self.kinds.items()
                       if kind == "histogram"):
            self._check_histogram(family)

    def _add(self, family, name, labels, value):
        suffix = name.removeprefix(family)
        if name == suffix or suffix not in SUFFIXES[self.kinds[family]]:
            if name != family or "" not in SUFFIXES[self.kinds[family]]:
                raise ValueError(f"{name} among {family}")
        found = dict(label.split("=", 1)
                     for label in re.findall(LABEL, labels))
        self.sessions.add(found.pop("SessionName").strip('"'))
        key = (name, *sorted(f"{label}={text}"
                             for label, text in found.items()))
        if key in self.samples:
            raise ValueError(f"{key} comes twice")
        self.samples[key] = float(value)

    def _check_histogram(self, family):
        buckets = [value for key, value in self.samples.items()
                   if key[0] == family + "_bucket"]
        if not buckets or buckets != sorted(buckets):
            raise ValueError(f"{family}: {buckets}")
        if self[family + "_bucket", 'le="+Inf"'] != self[family + "_count",]:
            raise ValueError(f"{family}: the count is another")

    def __getitem__(self, key):
        """page["name"], page["name", 'label="value"', ...]"""
        return self.samples[key if isinstance(key, tuple) else (key,)]

    def get(self, *key):
        return self.samples.get(key, 0)
