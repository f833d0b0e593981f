/**
 * Secrets that tests can look for: each is made anew, is like nothing else, and is remembered with what it is. Whatever
 * else a credential holds (umlauts, prefixes), this word in it is letters and digits, so that it stays the same in JSON,
 * in addresses and in pages.
 */
import { randomBytes } from 'node:crypto';

const words = new Map<string, string>();

/** A new secret of 32 hexadecimal digits. `what` says what it opens. */
export function secretWord(what: string): string {
  const word = randomBytes(16).toString('hex');
  words.set(word, what);
  return word;
}

/** What every secret so far opens. */
export function knownSecrets(): readonly string[] {
  return [...new Set(words.values())];
}

/** Which secrets are in `bytes`: as they are, in base64 at any offset, in hexadecimal. One line for each. */
export function secretsIn(bytes: string | Uint8Array): readonly string[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [...words].flatMap(([word, what]) =>
    formsOf(word)
      .filter(({ form }) => text.includes(form))
      .map(({ how, form }) => `${what} ${how} in …${textAround(text, form)}…`),
  );
}

function textAround(text: string, form: string): string {
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - 80), at + form.length + 20);
}

function formsOf(word: string): readonly { readonly how: string; readonly form: string }[] {
  const hex = Buffer.from(word).toString('hex');
  return [
    { how: 'plain', form: word },
    { how: 'hexadecimal', form: hex },
    { how: 'hexadecimal', form: hex.toUpperCase() },
    ...[0, 1, 2].map((offset) => ({ how: 'base64', form: base64At(word, offset) })),
  ];
}

/** The part of the base64 text that depends on `word` alone when `offset` bytes (modulo 3) come before it. */
function base64At(word: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(word)]);
  const whole = bytes.toString('base64').slice(0, Math.floor((bytes.length * 8) / 6));
  return whole.slice(Math.ceil((offset * 8) / 6));
}
