/**
 * The few commands of rclone that are used, as argument vectors that begin with the command. No secret and no shell is
 * ever in one; deadlines are added by whoever starts it.
 */
import { MAX_DEPTH } from '../../core/paths.ts';
import type { RcloneConfig } from './address.ts';
import type { Reading } from './features.ts';

/** One try of the whole, as refreshes repeat themselves; nothing is asked at a terminal; the log is one object a line. */
const STEADY = ['--retries', '1', '--use-json-log', '--ask-password=false'];

/** Tries of one request. */
const TRIES = 3;

function base({ config }: RcloneConfig, tries = TRIES): readonly string[] {
  const file = config === undefined ? [] : ['--config', config];
  return [...STEADY, '--low-level-retries', String(tries), ...file];
}

/** `remote:path` of a file or folder of the course; `below` is its path from the course's root. */
export function placeOf({ remote, path }: RcloneConfig, below = ''): string {
  const needsSlash = below !== '' && path !== '' && !path.endsWith('/');
  return `${remote}:${path}${needsSlash ? '/' : ''}${below}`;
}

/** With the slash at its end no request is spent on whether it is a file. */
function rootOf(config: RcloneConfig): string {
  return config.path === '' || config.path.endsWith('/') ? placeOf(config) : `${placeOf(config)}/`;
}

export function versionCommand(): readonly string[] {
  return ['version', '--config', ''];
}

/** The whole configuration, decrypted, as JSON: with its secrets. */
export function showConfigCommand(config: RcloneConfig): readonly string[] {
  return ['config', 'dump', ...base(config)];
}

/** What the kind of remote can do. The remote without a path: no request is needed for that. */
export function featuresCommand(config: RcloneConfig): readonly string[] {
  return ['backend', 'features', ...base(config), '--', `${config.remote}:`];
}

/** Folders are listed too: whether one is empty says how far the absence of a file is to be believed. */
export function listCommand(config: RcloneConfig, reading: Reading): readonly string[] {
  const what = ['-R', '--no-mimetype', ...depthOptions(reading)];
  return ['lsjson', ...what, ...hashOptions(reading), ...timeOptions(reading), ...base(config), '--', rootOf(config)];
}

/** Describes one file or folder. */
export function statCommand(config: RcloneConfig, place: string, reading: Reading): readonly string[] {
  return ['lsjson', '--stat', '--no-mimetype', ...timeOptions(reading), ...base(config), '--', place];
}

/** Describes the files whose paths stand in `list`, one a line. */
export function statSomeCommand(config: RcloneConfig, list: string, reading: Reading): readonly string[] {
  const some = ['--files-from-raw', list, '--no-traverse'];
  return [...listCommand(config, reading).slice(0, -2), ...some, '--', rootOf(config)];
}

/** Writes the content of one file to standard output. */
export function catCommand(config: RcloneConfig, place: string): readonly string[] {
  return ['cat', '--no-traverse', ...base(config), '--', place];
}

/**
 * Copies the files whose paths stand in `list`, one a line, into the folder `stage`, and at most `bytes` in all. One try of
 * each: rclone would repeat in two places and wait up to two seconds each time, so that three tries are nine, of every
 * file. What did not arrive is read alone.
 */
export function copyCommand(
  config: RcloneConfig,
  { list, stage, bytes, reading }: { list: string; stage: string; bytes: number; reading: Reading },
): readonly string[] {
  const some = [
    '--files-from-raw',
    list,
    '--no-traverse',
    '--max-transfer',
    `${String(bytes)}b`,
    '--cutoff-mode',
    'hard',
  ];
  return ['copy', ...some, ...timeOptions(reading), ...base(config, 1), '--', rootOf(config), stage];
}

/** What lies deeper has no legal path, and a folder may lie in itself. Where all is listed at once it would cost that. */
function depthOptions({ listsAtOnce }: Reading): readonly string[] {
  return listsAtOnce ? [] : ['--max-depth', String(MAX_DEPTH)];
}

function hashOptions({ hash }: Reading): readonly string[] {
  return hash === undefined ? [] : ['--hash', '--hash-type', hash];
}

function timeOptions({ serverTimes }: Reading): readonly string[] {
  return serverTimes ? ['--use-server-modtime'] : [];
}
