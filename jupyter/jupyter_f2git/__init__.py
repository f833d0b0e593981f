"""f2git in a student's own Jupyter server, behind jupyter-server-proxy.

The program is one JavaScript file for Node, listening on a socket that only jupyter-server-proxy uses. It gets courses
from f2git's own server (F2GIT_SERVER in the environment) with the token the hub gave this very server, and writes them
into this home. It holds no credential of any course.
"""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# what the program is built for
OLDEST_NODE = (20, 18)


def setup_f2git():
    """The entry point of the group jupyter_serverproxy_servers."""
    return {
        "command": _command(),
        # a TCP port would be open to everybody on a shared machine
        "unix_socket": True,
        # addresses are whole, so that nothing between has to rewrite them
        "absolute_url": True,
        "timeout": 20,
        "new_browser_tab": True,
        "launcher_entry": {
            "title": "Course files",
            "icon_path": os.path.join(HERE, "icon.svg"),
            "category": "Other",
        },
    }


def _command():
    node = _node()
    if node is None:
        return [sys.executable, "-m", "jupyter_f2git.no_node", "{unix_socket}"]
    return [node, os.path.join(HERE, "agent.js"), "{unix_socket}", "{base_url}"]


def _node():
    """A Node that is new enough, or None."""
    node = shutil.which(os.environ.get("F2GIT_NODE", "node"))
    return node if node is not None and _version(node) >= OLDEST_NODE else None


def _version(node):
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        # what does not say its version is none
        return (0, 0)
