/** Which remote of rclone's configuration, and which folder of it, a course is. */
import { isAbsolute } from 'node:path';
import { together } from '../../core/mistakes.ts';
import { F2gitError } from '../../errors.ts';
import { checkKeys, courseName, invalidKey, requiredText } from '../mapping.ts';
import type { Recognise } from '../source.ts';

export interface RcloneConfig {
  /** A named remote of rclone's configuration. */
  readonly remote: string;
  /** The folder in it, without a slash at its end; empty for the whole remote. On SFTP a slash at its start matters. */
  readonly path: string;
  /** Absolute path of the configuration; absent: rclone's own default. */
  readonly config?: string;
}

const KEYS = ['type', 'remote', 'path', 'config'];

/**
 * Names rclone allows in its configuration. Anything else would be a remote written on the spot (`:sftp,host=…:`), whose
 * secrets would stand in the list of processes, or an option.
 */
const REMOTE = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.+@ -]*[\p{L}\p{N}_.+@-])?$/u;

/** Checks `{ type: rclone, remote, path?, config? }`. @throws {F2gitError} `config-invalid` naming the key */
export function parseRcloneConfig(raw: Readonly<Record<string, unknown>>): RcloneConfig {
  const [remote, path, config] = together(
    () => remoteNamed(raw),
    () => pathOf(raw['path']),
    () => configNamed(raw),
    () => checkKeys(raw, KEYS),
  );
  return { remote, path, ...(config === undefined ? {} : { config }) };
}

function remoteNamed(raw: Readonly<Record<string, unknown>>): string {
  const remote = requiredText(raw, 'remote').replace(/:$/, '');
  if (REMOTE.test(remote)) return remote;
  throw invalidKey('remote', 'must be the name of a remote in the configuration of rclone, nothing else');
}

function configNamed(raw: Readonly<Record<string, unknown>>): string | undefined {
  if (raw['config'] === undefined) return undefined;
  const config = requiredText(raw, 'config');
  if (!isAbsolute(config)) throw invalidKey('config', 'must be an absolute path');
  refuseControlCharacters('config', config);
  return config;
}

function pathOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw invalidKey('path', 'must be a text');
  refuseControlCharacters('path', value);
  const segments = value.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw invalidKey('path', 'must not hold "." or ".."');
  }
  return `${value.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

function refuseControlCharacters(key: string, text: string): void {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw invalidKey(key, 'holds control characters');
}

export function rcloneIdentity({ remote, path, config }: RcloneConfig): string {
  return `rclone ${remote}:${path}${config === undefined ? '' : ` ${config}`}`;
}

export function rcloneName({ remote, path }: RcloneConfig): string {
  return courseName(path.split('/').at(-1) || remote);
}

/** Knows `rclone:remote:path`. @throws {F2gitError} `address-not-understood` for remotes that are not named ones */
export const recogniseRclone: Recognise = (address) => {
  const text = /^rclone:(.*)$/is.exec(address.trim())?.[1];
  if (text === undefined) return undefined;
  const at = text.indexOf(':');
  const remote = text.slice(0, at);
  if (at < 0 || !REMOTE.test(remote)) {
    const detail = 'rclone:NAME:folder, where NAME is a remote of the configuration of rclone';
    throw new F2gitError('address-not-understood', { params: { detail } });
  }
  return { type: 'rclone', remote, path: text.slice(at + 1) };
};
