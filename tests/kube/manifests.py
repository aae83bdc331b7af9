# SPDX-License-Identifier: Apache-2.0
"""RayClusters as users would write them, small."""
import pathlib

HEAD_IMAGE, SIDECAR_IMAGE = "ray", "sidecar"
STORE = {"object-store-memory": "80000000"}
ENV = [{"name": "RAY_USAGE_STATS_ENABLED", "value": "0"},
       {"name": "PYTHONPATH",
        "value": str(pathlib.Path(__file__).with_name("image"))}]
SIDECAR_ENV = [{"name": "RAYTIDE_LOG_LEVEL", "value": "debug"}]
V2_ENV = [{"name": "RAY_enable_autoscaler_v2", "value": "1"}]


def worker_group(name, low=0, high=3, replicas=None, start=None, pod=None,
                 **more):
    """`start` goes into rayStartParams, `pod` into the pods' spec, `more`
    into the group."""
    return {"groupName": name, "minReplicas": low, "maxReplicas": high,
            "replicas": low if replicas is None else replicas,
            "rayStartParams": {"num-cpus": "1", **STORE, **(start or {})},
            "template": _template("ray-worker", "1Gi", pod=pod), **more}


def ray_cluster(groups, ray_version, sidecar_image=None, options=None,
                mode="v2", volumes=(), **more):
    """The spec.  `options` are autoscalerOptions; without `sidecar_image` the
    sidecar is that of the head's image: Ray's own.  `mode` is the version of
    Ray's autoscaler; with "env" it is v2 by the environment: in "v2" KubeRay
    never restarts a container.  `volumes` are the head pod's."""
    options = {**({} if mode == "env" else {"version": mode}),
               **({"image": sidecar_image} if sidecar_image else {}),
               **(options or {})}
    options["env"] = [*SIDECAR_ENV, *options.get("env", [])]
    head = _template("ray-head", "4Gi", V2_ENV if mode == "env" else [],
                     {"volumes": list(volumes)} if volumes else None)
    return {"rayVersion": ray_version, "enableInTreeAutoscaling": True,
            "autoscalerOptions": options,
            "headGroupSpec": {"rayStartParams": {"num-cpus": "0", **STORE},
                              "template": head},
            "workerGroupSpecs": groups, **more}


def _template(container, memory, env=(), pod=None):
    resources = {"cpu": "1", "memory": memory}
    return {"spec": {"containers": [{
        "name": container, "image": HEAD_IMAGE, "env": [*ENV, *env],
        "resources": {"requests": resources, "limits": resources}}],
        **(pod or {})}}
