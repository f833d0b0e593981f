/**
 * The few commands of rclone that are used, as argument vectors that begin with the command. No secret and no shell is
 * ever in one; deadlines are added by whoever starts it.
 */
import type { RcloneConfig } from './address.ts';
import type { Reading } from './features.ts';

/** One try, as refreshes repeat themselves; nothing is asked at a terminal; the log is one object a line. */
const STEADY = ['--retries', '1', '--low-level-retries', '3', '--use-json-log', '--ask-password=false'];

function base({ config }: RcloneConfig): readonly string[] {
  return [...STEADY, ...(config === undefined ? [] : ['--config', config])];
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

/** What the kind of remote can do. The remote without a path: no request is needed for that. */
export function featuresCommand(config: RcloneConfig): readonly string[] {
  return ['backend', 'features', ...base(config), '--', `${config.remote}:`];
}

/** Folders are listed too: whether one is empty says how far the absence of a file is to be believed. */
export function listCommand(config: RcloneConfig, reading: Reading): readonly string[] {
  const what = ['-R', '--no-mimetype'];
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

/** Copies the files whose paths stand in `list`, one a line, into the folder `stage`, and at most `bytes` in all. */
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
  return ['copy', ...some, ...timeOptions(reading), ...base(config), '--', rootOf(config), stage];
}

function hashOptions({ hash }: Reading): readonly string[] {
  return hash === undefined ? [] : ['--hash', '--hash-type', hash];
}

function timeOptions({ serverTimes }: Reading): readonly string[] {
  return serverTimes ? ['--use-server-modtime'] : [];
}
