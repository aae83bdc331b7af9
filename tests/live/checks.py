# SPDX-License-Identifier: Apache-2.0
"""What held and what did not, a line for each."""
import threading


class Checks:
    def __init__(self):
        self.passed = self.failed = 0
        self._lock = threading.Lock()

    def __call__(self, what, holds, detail=""):
        with self._lock:
            if holds:
                self.passed += 1
                print(f"ok    {what}", flush=True)
            else:
                self.failed += 1
                print(f"FAIL  {what} {detail}", flush=True)

    def add(self, other):
        with self._lock:
            self.passed += other.passed
            self.failed += other.failed

    def tell(self, what):
        """Something that is neither right nor wrong."""
        with self._lock:
            print(f"      {what}", flush=True)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed"
