# /opt/tljh/config/jupyterhub_config.d/f2git.py, as printed by: f2git hub-config tljh --config /etc/f2git/f2git.yaml
c.JupyterHub.services.append({
    "name": "f2git",
    "url": "http://127.0.0.1:8484",
    "command": ["/usr/bin/node", "/opt/f2git/dist/cli.js", "serve", "--config", "/etc/f2git/f2git.yaml"],
    "oauth_no_confirm": True,  # a student who is logged in is asked nothing
})
c.JupyterHub.load_roles.extend([
    # everybody may use f2git; where the role "user" is defined already, add the second scope there
    {"name": "user", "scopes": ["self", "access:services!service=f2git"]},
    # f2git asks the hub about people who signed in a laptop: their account may be gone, or a group of theirs
    # a click starts the student's server with what they chose the last time; the hub's page starts their first one
    {"name": "f2git", "services": ["f2git"], "scopes": ["read:users:groups", "servers"]},
])
