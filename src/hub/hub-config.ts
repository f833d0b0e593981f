/** The blocks an administrator adds to a hub's own configuration, as text: pure, from what is configured here. */

/** The kinds of hubs there are blocks for. */
export const hubForms = ['hub', 'tljh', 'z2jh'] as const;
export type HubForm = (typeof hubForms)[number];

export interface HubConfigFacts {
  /** The service's name at the hub. */
  readonly service: string;
  /** How a hub starts `f2git serve`: the program and its arguments. */
  readonly command: readonly string[];
  readonly port: number;
  /** Whether a click may start the student's server. */
  readonly startServers: boolean;
}

/** Where each block belongs, for people. */
export const hubFormFiles: Readonly<Record<HubForm, string>> = {
  hub: 'jupyterhub_config.py',
  tljh: '/opt/tljh/config/jupyterhub_config.d/f2git.py',
  z2jh: 'values.yaml',
};

export function hubConfigBlock(form: HubForm, facts: HubConfigFacts): string {
  switch (form) {
    case 'hub':
      return pythonBlock(facts);
    case 'tljh':
      // as root, as the hub itself is: it makes the accounts, and f2git writes in each home as its owner
      return pythonBlock(facts);
    case 'z2jh':
      return valuesBlock(facts);
  }
}

/** Lists that are not set yet can be appended to as well (traitlets' lazy values), so it may stand anywhere. */
function pythonBlock({ service, command, port, startServers }: HubConfigFacts): string {
  const quoted = (text: string): string => JSON.stringify(text);
  const scopes = scopesOf(startServers).map(quoted).join(', ');
  return `c.JupyterHub.services.append({
    "name": ${quoted(service)},
    "url": "http://127.0.0.1:${port}",
    "command": [${command.map(quoted).join(', ')}],
    "oauth_no_confirm": True,  # a student who is logged in is asked nothing
})
c.JupyterHub.load_roles.extend([
    # everybody may use f2git; where the role "user" is defined already, add the second scope there
    {"name": "user", "scopes": ["self", ${quoted(`access:services!service=${service}`)}]},
${rolesComment('    ', startServers)}
    {"name": ${quoted(service)}, "services": [${quoted(service)}], "scopes": [${scopes}]},
])
`;
}

/** Pods reach f2git by the name of its Kubernetes service; the chart makes the token (\`hub.services.*.apiToken\`). */
function valuesBlock({ service, port, startServers }: HubConfigFacts): string {
  const access = `access:services!service=${service}`;
  return `hub:
  services:
    ${service}:
      url: http://${service}:${port}
      oauth_no_confirm: true # a student who is logged in is asked nothing
  loadRoles:
    # everybody may use f2git
    user:
      scopes: [self, '${access}']
    # and so may the agent in a student's server
    server:
      scopes: ['users:activity!user', 'access:servers!server', '${access}']
${rolesComment('    ', startServers)}
    ${service}:
      services: [${service}]
      scopes: [${scopesOf(startServers)
        .map((scope) => (scope.includes(':') ? `'${scope}'` : scope))
        .join(', ')}]
singleuser:
  networkPolicy:
    egress:
      # the chart lets students' servers reach no other pod; where you have such rules, add this one to them
      - to: [{ podSelector: { matchLabels: { app: ${service} } } }]
        ports: [{ port: ${port} }]
`;
}

function scopesOf(startServers: boolean): readonly string[] {
  return ['read:users:groups', ...(startServers ? ['servers'] : [])];
}

function rolesComment(indent: string, startServers: boolean): string {
  const lines = [
    'f2git asks the hub about people who signed in a laptop: their account may be gone, or a group of theirs',
    ...(startServers
      ? [
          `a click starts the student's server with what they chose the last time; the hub's page starts their first one`,
        ]
      : []),
  ];
  return lines.map((line) => `${indent}# ${line}`).join('\n');
}
