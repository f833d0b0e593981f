/**
 * What the configuration says of a remote and of those it is made of: where they are, and of which kind. Read by rclone
 * itself, because a configuration may be encrypted; it holds secrets, and nothing of it is kept but these.
 */
import { z } from 'zod';
import { F2gitError } from '../../errors.ts';
import type { RcloneConfig } from './address.ts';
import type { Rclone } from './child.ts';
import { placeOf, showConfigCommand } from './commands.ts';
import { troubleOf } from './trouble.ts';

export interface Definitions {
  /** Kinds of remotes: `s3`, `crypt`, `ftp`. */
  readonly types: ReadonlySet<string>;
  /** Origins (`https://host:8443`) and hosts with or without a port, as the configuration names them. */
  readonly hosts: readonly string[];
  /** Those of them whose servers are nowhere else on their host. */
  readonly fixedHosts: readonly string[];
}

/**
 * Kinds of remotes whose server names its further ones as part of what it is asked for: the catalog of Keystone names the
 * storage (usually at another port), and Seafile the server of its files (port 8082 beside 8000, without a proxy before it).
 */
const NAME_FURTHER_PORTS: readonly string[] = ['seafile', 'swift'];

type Options = Readonly<Record<string, string>>;

const schema = z.record(z.string(), z.record(z.string(), z.unknown()));

/** @throws {F2gitError} `source-not-configured` and what else a configuration that cannot be read stands for */
export async function readDefinitions(rclone: Rclone, config: RcloneConfig, signal: AbortSignal): Promise<Definitions> {
  const ending = await rclone.ask(showConfigCommand(config), signal);
  if (ending.code !== 0) throw troubleOf(ending, { remote: placeOf(config) });
  const sections = sectionsIn(ending.output);
  const optionsOf = (name: string) => ({ ...sections.get(name), ...fromVariables(name, rclone.environment) });
  const all = withItsParts(config.remote, optionsOf, [...sections.keys()]);
  const isFixed = (options: Options) => !typesOf(options).some((type) => NAME_FURTHER_PORTS.includes(type));
  return {
    types: new Set(all.flatMap(typesOf)),
    hosts: all.flatMap(hostsIn),
    fixedHosts: all.filter(isFixed).flatMap(hostsIn),
  };
}

function typesOf(options: Options): readonly string[] {
  const { type } = options;
  return [...(type === undefined ? [] : [type]), ...Object.values(options).flatMap(typesIn)];
}

function sectionsIn(text: string): ReadonlyMap<string, Options> {
  const read = schema.safeParse(jsonIn(text));
  if (!read.success) {
    const detail = 'rclone described the remote in a way that is not understood';
    throw new F2gitError('source-invalid', { params: { detail } });
  }
  return new Map(Object.entries(read.data).map(([name, options]) => [name, textsOf(options)]));
}

function textsOf(options: Readonly<Record<string, unknown>>): Options {
  const texts = Object.entries(options).filter((one): one is [string, string] => typeof one[1] === 'string');
  return Object.fromEntries(texts);
}

/** `RCLONE_CONFIG_<NAME>_<OPTION>` (rclone.org/docs, "Config file" and "Environment variables"). */
function fromVariables(name: string, environment: Options): Options {
  const prefix = asVariable(`RCLONE_CONFIG_${name}_`);
  const own = Object.entries(environment).flatMap(([variable, value]): (readonly [string, string])[] => {
    const isOwn = asVariable(variable).startsWith(prefix);
    return isOwn ? [[variable.slice(prefix.length).toLowerCase(), value]] : [];
  });
  return Object.fromEntries(own);
}

function asVariable(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** The remote, and every other one whose name stands in it: `alias`, `crypt`, `union` and the like lead to others. */
function withItsParts(
  remote: string,
  optionsOf: (name: string) => Options,
  known: readonly string[],
): readonly Options[] {
  const names = new Set([remote]);
  const all: Options[] = [];
  for (const name of names) {
    const options = optionsOf(name);
    all.push(options);
    for (const other of Object.values(options).flatMap((value) => namesIn(value, known))) names.add(other);
  }
  return all;
}

/** Whatever may be the name of a remote in it; known names may hold blanks. */
function namesIn(value: string, known: readonly string[]): readonly string[] {
  const written = [...value.matchAll(/([\p{L}\p{N}_.+@-]+):/gu)].flatMap(([, name]) => name ?? []);
  return [...written, ...known.filter((name) => value.includes(`${name}:`))];
}

/** Kinds of remotes that are written on the spot: `:ftp,host=…:path`. */
function typesIn(value: string): readonly string[] {
  return [...value.matchAll(/(?:^|[\s="'])[:]([a-z0-9]+)(?=[,:])/g)].flatMap(([, type]) => type ?? []);
}

/** Options that hold a host without a scheme. */
const HOST_OPTIONS = /^(host|endpoint|server|url)$|_(host|endpoint|server|url)$/;

function hostsIn(options: Options): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const origins = [...value.matchAll(/https?:\/\/[^\s/"'`,;]+/gi)].map(([origin]) => origin);
    const isHost = origins.length === 0 && HOST_OPTIONS.test(name) && /^[^\s/"'`,;@]+$/.test(value);
    return isHost ? [value] : origins;
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what that means: it is no configuration.
    return undefined;
  }
}
