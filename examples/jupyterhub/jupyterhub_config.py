# A hub for trying out: every student has an account of this computer, and all share one password.
import os

c = get_config()  # noqa

port = int(os.environ["DEMO_PORT"])
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "f2git"
c.Authenticator.allowed_users = set(os.environ["DEMO_STUDENTS"].split(","))

# f2git: what `f2git hub-config hub` printed
exec(open("f2git.py").read())
