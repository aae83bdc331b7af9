# SPDX-License-Identifier: Apache-2.0
"""Light worker nodes: each is one bare raylet, started in a few hundredths of
a second, with some 7 MB of its own.  The command line is that of the head's
raylet, with another identity and other resources; the agents that it would
start are left out, the runtime environment's agent is the head's.  Tasks and
actors run on it as on any node."""
import json
import os
import pathlib

from . import jobs as processes

NO_AGENT = "/bin/sleep 1000000"


def command_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def find_head(pid):
    """The command line of the raylet that `ray start --head` started."""
    for child in processes.descendants(pid):
        command = command_of(child)
        if command and os.path.basename(command[0]) == "raylet":
            return command
    raise RuntimeError("no raylet below the head's process")


def option(command, name):
    return next(arg.split("=", 1)[1] for arg in command
                if arg.startswith(name + "="))


def worker_command(head, name, group, resources, labels):
    """Prepares the session folder for a new node and returns its command."""
    session = pathlib.Path(option(head, "--session_dir"))
    address = option(head, "--node_ip_address")
    node_id = os.urandom(28).hex()
    agent_port = _agent_port(session, head)
    _publish_ports(session, node_id, agent_port)
    amounts = {f"node:{address}": 1.0, "object_store_memory": 80000000,
               **resources}
    logs = session / "logs"
    values = {
        "--node_id": node_id,
        "--node-name": name,
        "--static_resource_list": ",".join(
            f"{key},{value}" for key, value in amounts.items()),
        "--labels": json.dumps({"ray.io/node-group": group, **labels}),
        "--num_prestart_python_workers": "0",
        "--maximum_startup_concurrency": str(
            max(1, int(resources.get("CPU", 1)))),
        "--stdout_filepath": str(logs / f"raylet.{name}.out"),
        "--stderr_filepath": str(logs / f"raylet.{name}.err"),
        "--dashboard_agent_command": NO_AGENT,
        "--runtime_env_agent_command": NO_AGENT,
        "--runtime_env_agent_port": agent_port,
        "--metrics_export_port": "-1",
        "--metrics-agent-port": "-1",
        "--object_store_memory": "80000000",
        "--node_manager_port": "0",
        "--object_manager_port": "0",
    }
    sockets = {option(head, "--raylet_socket_name"):
               str(session / "sockets" / f"r.{name}"),
               option(head, "--store_socket_name"):
               str(session / "sockets" / f"p.{name}")}
    return [_argument(arg, values, sockets, agent_port)
            for arg in head if arg != "--head"]


def _agent_port(session, head):
    """Of the head's runtime environment agent: in a file since Ray 2.52."""
    published = session / ("runtime_env_agent_port_"
                           + option(head, "--node_id"))
    if published.exists():
        return published.read_text().strip()
    return option(head, "--runtime_env_agent_port")


def _publish_ports(session, node_id, agent_port):
    """Writes the files that the node's agents would write."""
    for name, port in (("metrics_agent_port", "-1"),
                       ("metrics_export_port", "-1"),
                       ("dashboard_agent_listen_port", "-1"),
                       ("runtime_env_agent_port", agent_port)):
        (session / f"{name}_{node_id}").write_text(port)


def _argument(arg, values, sockets, agent_port):
    name, equals, value = arg.partition("=")
    value = values.get(name, value) if equals else value
    for old, new in sockets.items():
        value = value.replace(old, new)
    if name == "--python_worker_command":
        value = value.replace("--runtime-env-agent-port=0 ",
                              f"--runtime-env-agent-port={agent_port} ")
    return name + equals + value
