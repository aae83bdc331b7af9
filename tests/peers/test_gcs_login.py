#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GCS that asks for a token, for a certificate, or both."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.peers import certs, fake_gcs  # noqa: E402
from tests.peers.sidecar import (  # noqa: E402
    PROGRAM, Sidecar, SidecarTest)

RAYTIDE = os.path.join(os.path.dirname(PROGRAM), "raytide")
GOOD, BAD = "a-token", "another"


class LoginTest(SidecarTest):
    def held_until(self, pattern, mend):
        """It says so, once, and holds; once mended it goes on."""
        since = len(self.sidecar.lines)
        self.wait("failure", lambda: self.failures(since))
        self.ask()
        calls = len(self.gcs.calls)
        self.wait("more rounds", lambda: len(self.gcs.calls) > calls + 3
                  or self.gcs.calls == [])
        self.assertEqual(self.replicas_patched(), [])
        self.assertEqual(len(self.failures(since)), 1, self.sidecar.lines)
        self.assertRegex(self.failures(since)[0], pattern)
        mend()
        self.cycle()
        self.assertEqual(self.replicas_patched(), [1, 0])

    def failures(self, since=0):
        return [line for line in self.sidecar.lines[since:]
                if re.match("WARN failed step=observe ", line)]


class TokenTest(LoginTest):
    def make_gcs(self):
        return fake_gcs.FakeGcs(GOOD)

    def setUp(self):
        super().setUp()
        self.file = pathlib.Path(self.folder.name, "gcs-token")

    def test_a_token_in_the_environment(self):
        self.env["RAY_AUTH_TOKEN"] = GOOD
        self.run_sidecar()
        self.cycle()
        self.assertEqual(self.logged("WARN"), [])

    def test_none_is_sent_when_disabled(self):
        self.env.update(RAY_AUTH_MODE="disabled", RAY_AUTH_TOKEN=GOOD)
        self.run_sidecar()
        self.wait("failure", self.failures)
        self.assertIn("16 UNAUTHENTICATED", self.failures()[0])

    def test_a_bad_token_that_is_mended(self):
        self.file.write_text(BAD)
        self.env["RAY_AUTH_TOKEN_PATH"] = str(self.file)
        self.run_sidecar()
        self.held_until("16 UNAUTHENTICATED: InvalidAuthToken: .*; is the "
                        "token in", lambda: self.file.write_text(GOOD + "\n"))

    def test_a_token_that_is_not_there_yet(self):
        self.env["RAY_AUTH_TOKEN_PATH"] = str(self.file)
        self.run_sidecar()
        self.held_until(f"{self.file}: No such file",
                        lambda: self.file.write_text(GOOD))

    def test_a_token_that_is_renewed(self):
        self.file.write_text(GOOD)
        self.env["RAY_AUTH_TOKEN_PATH"] = str(self.file)
        self.run_sidecar()
        self.cycle()
        with self.gcs.lock:
            self.gcs.token = BAD
            self.file.write_text(BAD)
        self.cycle()
        self.assertEqual(self.replicas_patched(), [1, 0, 1, 0])

    def test_a_head_that_asks_for_none(self):
        self.gcs.token = None
        self.env["RAY_AUTH_TOKEN"] = GOOD
        self.run_sidecar()
        self.cycle()


class TlsTest(LoginTest):
    def make_gcs(self):
        self.certs = pathlib.Path(self.folder.name, "gcs")
        self.certs.mkdir()
        certs.make(self.certs)
        return fake_gcs.FakeGcs(GOOD, self.certs)

    def setUp(self):
        super().setUp()
        self.env.update(
            RAY_AUTH_TOKEN=GOOD, RAY_USE_TLS="1",
            RAY_TLS_CA_CERT=str(self.certs / "ca.crt"),
            RAY_TLS_SERVER_CERT=str(self.certs / "client.crt"),
            RAY_TLS_SERVER_KEY=str(self.certs / "client.key"))

    def test_connections_are_kept(self):
        self.run_sidecar()
        self.cycle()
        self.rounds(10)
        self.assertEqual(self.logged("WARN"), [])
        self.assertLessEqual(self.gcs.connections, 2)

    def test_faults(self):
        """What a kept connection may meet."""
        self.run_sidecar()
        self.rounds(1)
        for kind in ("refuse", "garbage", "reset", "hang", "16", "truncated"):
            with self.subTest(kind):
                self.gcs.fail(kind, 3, "GetClusterResourceState")
                self.cycle()

    def test_another_authority(self):
        """The API's certificates are of another."""
        other = self.env["RAY_KUBERAY_CA_CERT_PATH"]
        self.env["RAY_TLS_CA_CERT"] = link = f"{self.folder.name}/link"
        os.symlink(other, link)

        def mend():
            os.unlink(link)
            os.symlink(self.certs / "ca.crt", link)
        self.run_sidecar()
        self.held_until("certificate", mend)

    def test_files_that_are_not_there_yet(self):
        key = pathlib.Path(self.env["RAY_TLS_SERVER_KEY"])
        content = key.read_text()
        key.unlink()
        self.run_sidecar()
        self.held_until("certificate", lambda: key.write_text(content))

    def test_only_one_end_has_tls(self):
        del self.env["RAY_USE_TLS"]
        self.run_sidecar()
        self.wait("failure", self.failures)
        self.assertIn("does it want TLS?", self.failures()[0])
        self.stop_sidecar()
        plain = fake_gcs.FakeGcs()
        self.addCleanup(plain.close)
        self.env.update(RAY_USE_TLS="1", RAYTIDE_GCS_ADDRESS=plain.address)
        self.run_sidecar()
        self.wait("failure", self.failures)
        self.assertIn("SSL", self.failures()[0])

    def test_a_file_that_is_not_named(self):
        for name in ("CA_CERT", "SERVER_CERT", "SERVER_KEY"):
            env = {**self.env, f"RAY_TLS_{name}": ""}
            sidecar = Sidecar(env)
            self.assertEqual(sidecar.process.wait(), 2)
            sidecar.end()
            self.assertIn(f"RAY_USE_TLS is set and RAY_TLS_{name} is not",
                          sidecar.lines[0])

    def test_trace_record(self):
        """The same client asks for the history."""
        def record(**env):
            done = subprocess.run(
                [RAYTIDE, "trace", "record", "--ray-address",
                 self.gcs.address], env={**self.env, **env}, text=True,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                check=False)
            return done.stderr
        self.assertIn("InvalidAuthToken", record(RAY_AUTH_TOKEN=BAD))
        self.assertIn("does it want TLS?", record(RAY_USE_TLS="0"))
        # It was let in; the fake has no history.
        self.assertIn("GetTaskEvents: 12 UNIMPLEMENTED", record())


if __name__ == "__main__":
    unittest.main()
