/**
 * The JupyterHub f2git belongs to: what the hub tells a service it starts (`JUPYTERHUB_*`), else what the file says of a
 * hub that f2git was only registered with.
 */
import { Secret } from '../core/secret.ts';
import { accountRules, type AccountRule } from '../hub/account.ts';
import { invalid } from '../core/written-key.ts';
import type { WrittenHub } from './schema.ts';
import { readSecrets, type Environment, type SecretPlaces } from './secrets.ts';
import { parseListen, parsePublicUrl, type Listen } from './values.ts';

export interface HubConfig {
  /** Where the hub's API is asked; no final `/`. */
  readonly apiUrl: string;
  /** f2git's own token: it names the service, and is its OAuth secret. */
  readonly token: Secret;
  readonly clientId: string;
  /** Where the hub sends browsers back to, exactly as it has it registered. */
  readonly redirectUri: string;
  /** What browsers know the hub by, ending in `hub/`: a path of the same host, or an address. */
  readonly address: string;
  /** Scopes of which a person must have one. */
  readonly accessScopes: readonly string[];
}

/** What of the configuration stands around the hub's. */
export interface HubSurroundings extends SecretPlaces {
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly publicUrl: string | undefined;
}

/** What is known without a hub that answers. */
export interface ServiceFacts {
  /** The name f2git has at the hub. */
  readonly service: string;
  readonly accounts: AccountRule;
  readonly startServers: StartServers;
}

/**
 * Which stopped servers a click starts, where the hub lets f2git: `again` those that ran before, as their student chose
 * them then. The hub's own page starts the others and asks what is to be chosen.
 */
export type StartServers = 'always' | 'again' | 'never';

export function serviceFacts(written: WrittenHub = {}, environment: Environment): ServiceFacts {
  return {
    service: saidBy(environment)('SERVICE_NAME') ?? written.service ?? 'f2git',
    accounts: written.accounts ?? accountRules[0],
    startServers: startRule(written.start_servers ?? 'again'),
  };
}

function startRule(written: boolean | 'again'): StartServers {
  if (written === 'again') return written;
  return written ? 'always' : 'never';
}

/** Where a service listens that the hub starts; undefined when it was not the hub. */
export function listenOfHub(environment: Environment): Listen | undefined {
  const text = environment['JUPYTERHUB_SERVICE_URL'] ?? '';
  if (text === '') return undefined;
  if (!URL.canParse(text)) throw invalid(['listen'], `"${text}" is no web address`);
  const url = new URL(text);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return parseListen(`${url.hostname}:${port}`, '/', ['listen']);
}

/**
 * Everything about the hub; undefined while nobody gave f2git a token, as in a terminal beside a hub that starts f2git.
 * @throws {F2gitError} `config-invalid`
 */
export function readHub(written: WrittenHub = {}, around: HubSurroundings): HubConfig | undefined {
  const said = saidBy(around.environment);
  const token = tokenOf(said('API_TOKEN'), written, around);
  if (token === undefined) return undefined;
  const { service } = serviceFacts(written, around.environment);
  return {
    ...addressesOf(written, around),
    token,
    clientId: said('CLIENT_ID') ?? `service-${service}`,
    accessScopes: listOf(said('OAUTH_ACCESS_SCOPES')) ?? ['access:services', `access:services!service=${service}`],
  };
}

/** What the hub says; it sets what it has nothing to say about to nothing. */
function saidBy(environment: Environment): (name: string) => string | undefined {
  return (name) => environment[`JUPYTERHUB_${name}`] || undefined;
}

/** `base` is where all of the hub is: a path where the hub itself said so, an address where the file did. */
function addressesOf(
  { url, api_url: written }: WrittenHub,
  around: HubSurroundings,
): Pick<HubConfig, 'apiUrl' | 'address' | 'redirectUri'> {
  const said = saidBy(around.environment);
  const base = url === undefined ? said('BASE_URL') : `${parsePublicUrl(url, ['hub', 'url'])}/`;
  if (base === undefined) throw invalid(['hub', 'url'], 'missing');
  const apiUrl = said('API_URL') ?? written ?? `${base}hub/api`;
  if (!/^https?:\/\//.test(apiUrl)) throw invalid(['hub', 'api_url'], 'must be an http or https address');
  const host = url === undefined ? (said('HOST') ?? '') : '';
  return {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    address: said('PUBLIC_HUB_URL') ?? `${host}${base}hub/`,
    redirectUri: said('OAUTH_CALLBACK_URL') ?? redirectUri(base, around),
  };
}

function tokenOf(given: string | undefined, written: WrittenHub, around: HubSurroundings): Secret | undefined {
  if (given !== undefined) return new Secret(given);
  const { token_file: file, token_env: variable } = written;
  if (file === undefined && variable === undefined) return undefined;
  const named = { ...(file && { token_file: file }), ...(variable && { token_env: variable }) };
  return readSecrets(named, around, ['hub']).token;
}

/** The hub's own rule for services it proxies; one on a host of its own is registered with its whole address. */
function redirectUri(base: string, { prefix, publicUrl }: HubSurroundings): string {
  const isElsewhere =
    publicUrl !== undefined && URL.canParse(base) && new URL(publicUrl).origin !== new URL(base).origin;
  return isElsewhere ? `${publicUrl}/oauth_callback` : `${prefix}oauth_callback`;
}

/** A list in JSON, as the hub writes scopes into the environment. */
function listOf(json: string | undefined): readonly string[] | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
    if (isList && value.length > 0) return value;
  } catch {
    // what is no list of scopes is refused below, as whatever else is none
  }
  throw invalid(['hub'], 'JUPYTERHUB_OAUTH_ACCESS_SCOPES is no list of scopes');
}
