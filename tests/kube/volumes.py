# SPDX-License-Identifier: Apache-2.0
"""The volumes of a pod, as folders: of the kinds that KubeRay's pods have."""
import subprocess

from tests.kube import container


def make(pod, spec, folder):
    """Fills the folder; returns what is to be unmounted in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    if "emptyDir" in spec:
        if spec["emptyDir"].get("medium") != "Memory":
            return []
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        return [folder]
    for source in spec["projected"]["sources"]:
        (kind, what), = source.items()
        for name, text in PROJECTED[kind](pod, what):
            (folder / name).write_text(text)
    return []


def _token(pod, source):
    request = {"expirationSeconds": source["expirationSeconds"],
               "boundObjectRef": {"apiVersion": "v1", "kind": "Pod",
                                  "name": pod.name, "uid": pod.uid}}
    account = pod.object["spec"]["serviceAccountName"]
    reply = pod.kubelet.api.create(
        f"{pod.namespace_path}/serviceaccounts/{account}/token",
        {"spec": request})
    yield source["path"], reply["status"]["token"]


def _config_map(pod, source):
    data = pod.read("configmaps", source["name"])["data"]
    for item in source["items"]:
        yield item["path"], data[item["key"]]


def _downward(pod, source):
    for item in source["items"]:
        yield item["path"], container.field(
            pod.object, item["fieldRef"]["fieldPath"], pod.network.address)


PROJECTED = {"serviceAccountToken": _token, "configMap": _config_map,
             "downwardAPI": _downward}
