/** Checks the parts that configurations of web sources share: known keys, texts, switches, web addresses, names. */
import { allMistakes } from '../core/mistakes.ts';
import { F2gitError } from '../errors.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** @throws {F2gitError} `config-invalid` naming the keys of `raw` that are not in `known` */
export function checkKeys(raw: Mapping, known: readonly string[]): void {
  const unknown = Object.keys(raw).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw allMistakes(unknown.map((key) => invalidKey(key, `unknown key; known are ${known.join(', ')}`)));
}

/** The text under `key`. @throws {F2gitError} `config-invalid` when it is missing, empty or no text */
export function requiredText(raw: Mapping, key: string): string {
  const value = raw[key];
  if (value === undefined) throw invalidKey(key, 'missing');
  if (typeof value !== 'string' || value.trim() === '') throw invalidKey(key, 'must be a text');
  return value.trim();
}

/** The switch under `key`. @throws {F2gitError} `config-invalid` when it is neither true nor false */
export function optionalSwitch(raw: Mapping, key: string): boolean | undefined {
  const value = raw[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidKey(key, 'must be true or false');
}

/**
 * The http(s) address in `text`, without fragment.
 * @throws {F2gitError} `address-not-understood`, `credentials-invalid` when it holds a user name or password
 */
export function parseWebAddress(text: string): URL {
  const isClean = /^https?:\/\//i.test(text) && !/[\u0000-\u0020\u007f]/.test(text) && URL.canParse(text);
  if (!isClean) throw new F2gitError('address-not-understood', { params: { detail: 'not an http or https address' } });
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    const detail = 'a user name or password does not belong into an address';
    throw new F2gitError('credentials-invalid', { params: { address: url.host, detail } });
  }
  url.hash = '';
  return url;
}

/** What is left of `text` as the name of a course: letters, digits, `.`, `_`, `-`; `course` when nothing is. */
export function courseName(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss');
  const legal = plain.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/\.{2,}/g, '.');
  const trimmed = legal.replace(/^[^A-Za-z0-9]+/, '').slice(0, 80);
  return trimmed.replace(/(\.(zip|git|lock))+$/i, '').replace(/[^A-Za-z0-9]+$/, '') || 'course';
}

export function invalidKey(key: string, detail: string): F2gitError {
  return new F2gitError('config-invalid', { params: { key, detail } });
}
