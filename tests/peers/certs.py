# SPDX-License-Identifier: Apache-2.0
"""Throw-away certificates for tests, made by openssl in a given folder:
NAME.crt and NAME.key."""
import pathlib
import subprocess

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make(folder):
    """A CA, a server for 127.0.0.1 and a client."""
    make_ca(folder)
    make_server(folder, "server", ["IP:127.0.0.1", "DNS:localhost"])
    make_client(folder, "client", "/CN=client")


def make_ca(folder):
    _openssl(folder, "req", "-x509", *KEY, "-keyout", "ca.key",
             "-out", "ca.crt", "-days", "2", "-subj", "/CN=test-ca",
             "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=keyCertSign,cRLSign")


def make_server(folder, name, places):
    """For connections to those places ("IP:127.0.0.1", "DNS:localhost")."""
    _issue(folder, name, f"/CN={name}",
           f"subjectAltName={','.join(places)}")


def make_client(folder, name, subject):
    """`subject` is who shows it: "/O=GROUP/CN=USER"."""
    _issue(folder, name, subject, "extendedKeyUsage=clientAuth")


def _issue(folder, name, subject, extension):
    pathlib.Path(folder, f"{name}.ext").write_text(extension + "\n")
    _openssl(folder, "req", *KEY, "-keyout", f"{name}.key",
             "-out", f"{name}.csr", "-subj", subject)
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt",
             "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.crt",
             "-days", "2", "-extfile", f"{name}.ext")


def _openssl(folder, *args):
    done = subprocess.run(("openssl", *args), cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.strip()}")
