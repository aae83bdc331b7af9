# SPDX-License-Identifier: Apache-2.0
"""Throw-away certificates for tests, made by openssl in a given folder: a CA,
a server for 127.0.0.1 and a client."""
import pathlib
import subprocess

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make(folder):
    folder = pathlib.Path(folder)
    _openssl(folder, "req", "-x509", *KEY, "-keyout", "ca.key",
             "-out", "ca.crt", "-days", "2", "-subj", "/CN=test-ca",
             "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=keyCertSign,cRLSign")
    _issue(folder, "server", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    _issue(folder, "client", "extendedKeyUsage=clientAuth")


def _issue(folder, name, extension):
    (folder / f"{name}.ext").write_text(extension + "\n")
    _openssl(folder, "req", *KEY, "-keyout", f"{name}.key",
             "-out", f"{name}.csr", "-subj", f"/CN={name}")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt",
             "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.crt",
             "-days", "2", "-extfile", f"{name}.ext")


def _openssl(folder, *args):
    done = subprocess.run(("openssl", *args), cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.strip()}")
