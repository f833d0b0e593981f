/** What somebody probably meant who wrote a key that is not known where it stands. Pure. */
import { editDistance } from '../core/nearest.ts';

/** Names of secrets, which have no place in the file: `password_file` and `password_env` have. */
const secrets = ['password', 'token', 'client_secret'] as const;
const otherWords: readonly string[] = ['secret', 'passwd', 'pass', 'passphrase'];

/**
 * Says what is wrong with `key` where only `known` are, in English.
 * @param everywhere every key of the file by its path, `courses.*.title`; `*` stands for any name
 */
export function unknownKey(key: string, known: readonly string[], everywhere: readonly string[]): string {
  const here = nearest(key, known);
  const secret = secretMeant(key, known);
  if (secret !== undefined && (here === undefined || secret.distance <= here.distance)) {
    return `secrets come from a file or the environment only: write ${secret.name}_file or ${secret.name}_env`;
  }
  const elsewhere = nearest(key, everywhere.map(lastName));
  if (elsewhere !== undefined && elsewhere.distance < (here?.distance ?? Infinity)) {
    const places = everywhere.filter((path) => lastName(path) === elsewhere.name).map(withNames);
    return `unknown key here; did you mean ${places.join(', ')}?`;
  }
  return here === undefined
    ? `unknown key; known are ${known.join(', ')}`
    : `unknown key; did you mean "${here.name}"?`;
}

/** Whether `word` may be a slip of the keyboard for `name`. */
export function isNear(word: string, name: string): boolean {
  return nearest(word, [name]) !== undefined;
}

interface Near {
  readonly name: string;
  readonly distance: number;
}

/** Undefined when none is near: a third of the letters may differ, or all that follow a beginning of four or more. */
function nearest(word: string, names: readonly string[]): Near | undefined {
  const ranked = names.map((name) => ({ name, distance: distanceOf(word.toLowerCase(), name) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.ceil(word.length / 3) ? best : undefined;
}

function distanceOf(word: string, name: string): number {
  const isBeginning = Math.min(word.length, name.length) >= 4 && (word.startsWith(name) || name.startsWith(word));
  return isBeginning ? Math.min(1, editDistance(word, name)) : editDistance(word, name);
}

function secretMeant(key: string, known: readonly string[]): Near | undefined {
  const possible = secrets.filter((name) => known.includes(`${name}_env`));
  const word = otherWords.includes(key.toLowerCase()) ? possible[0] : key;
  return word === undefined ? undefined : nearest(word, possible);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function withNames(path: string): string {
  return path.replace('*', '<name>');
}
