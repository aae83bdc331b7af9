# SPDX-License-Identifier: Apache-2.0
"""What a user's image has beside Ray: the program of a RayService."""
from ray import serve


@serve.deployment
class Where:
    """Answers each request with the name of its pod."""

    def __call__(self, request):
        with open("/proc/sys/kernel/hostname", encoding="ascii") as file:
            return file.read().strip()


app = Where.bind()
