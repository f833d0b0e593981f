/** What is wrong with what came of a refresh, in words: nothing here knows which fault it met. */
import { inspect } from 'node:util';
import type { Offer } from '../../../src/core/offer.ts';
import { F2gitError, isErrorCode } from '../../../src/errors.ts';
import { describeDetail } from '../../../src/messages/details.ts';
import { describeError } from '../../../src/messages/errors.ts';
import { languages } from '../../../src/messages/language.ts';
import { oidOfBytes } from '../../support/course.ts';
import type { Truth } from './truth.ts';

/** What one refresh ended with. */
export type Outcome = { readonly requests: number } & (
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'error'; readonly error: unknown }
  /** It had not ended when it was stopped, or not even then. */
  | { readonly kind: 'hangs' }
);

/** Codes that say what a source did. Any other is a mistake of ours, or hides what happened. */
const KNOWN = /^(source-|too-large$|address-forbidden$|name-refused$|kind-refused$)/;

export function* wrongInError(error: unknown, secrets: readonly string[]) {
  if (!(error instanceof F2gitError)) {
    yield `not an error of ours: ${String(error)}`;
    return;
  }
  if (!KNOWN.test(error.code)) yield `an unexpected error: ${inspect(error)}`;
  for (const language of languages) if (describeError(error, language) === '') yield `no words for ${error.code}`;
  yield* untranslated(error.params['detail']);
  yield* secretsIn(inspect(error, { depth: 20 }), 'the error', secrets);
}

function* untranslated(detail: string | number | undefined) {
  if (typeof detail !== 'string' || !/[a-z]/.test(detail)) return;
  if (describeDetail(detail, 'de') === detail) yield `no German for "${detail}"`;
}

/** What an offer is held against. */
export interface Expected {
  readonly truth: Truth;
  /** The paths that are in the home. */
  readonly delivered: ReadonlySet<string>;
  /** Files that the fault says are gone, where nobody could tell. */
  readonly mayLose: readonly string[];
  readonly secrets: readonly string[];
}

export function* wrongInOffer(offer: Offer, { truth, delivered, mayLose, secrets }: Expected) {
  yield* secretsIn(JSON.stringify(offer), 'the offer', secrets);
  for (const { path, code } of [...offer.source.problems, ...offer.frozen]) {
    if (code !== undefined && !(isErrorCode(code) && KNOWN.test(code)))
      yield `an unexpected problem of ${path}: ${code}`;
  }
  for (const { path, oid } of offer.files) {
    if (!truth.wasAt(path, oid)) yield `offers other bytes at ${path}`;
  }
  const offered = new Set<string>(offer.files.map(({ path }) => path));
  for (const path of delivered) {
    const isFrozen = offer.frozen.some((one) => path === one.path || path.startsWith(`${one.path}/`));
    const isKept = offered.has(path) || isFrozen || offer.deletions === 'ambiguous' || mayLose.includes(path);
    if (truth.now.has(path) && !isKept) yield `takes ${path} away`;
  }
}

/** What is wrong when the platform is well again. */
export function* wrongAfterwards(outcome: Outcome, truth: Truth) {
  if (outcome.kind !== 'offer') {
    yield `does not recover: ${outcome.kind === 'error' ? inspect(outcome.error) : 'it hangs'}`;
    return;
  }
  const { offer } = outcome;
  const offered = new Map<string, string>(offer.files.map(({ path, oid }) => [path, oid]));
  for (const [path, text] of truth.now) {
    if (offered.get(path) !== oidOfBytes(text)) yield `afterwards, ${path} is not as it is in the course`;
  }
  for (const path of offered.keys()) if (!truth.now.has(path)) yield `afterwards, ${path} is too much`;
  for (const { path, why, code = '' } of offer.frozen) yield `afterwards, ${path} is ${why} ${code}`;
  for (const { path, code } of offer.source.problems) yield `afterwards, there is ${code} at "${path}"`;
}

/** Finds secrets as they are, as addresses and headers hold them, and in hexadecimal. */
export function* secretsIn(text: string, where: string, secrets: readonly string[]) {
  const texts = [text, ...basicIn(text)];
  for (const secret of secrets) {
    const bytes = Buffer.from(secret);
    const forms = [secret, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
    if (forms.some((form) => texts.some((one) => one.includes(form)))) yield `a secret in ${where}`;
  }
}

/** User and password as `Basic` sends them: in base64 no part of a text is part of the whole. */
function basicIn(text: string): readonly string[] {
  return [...text.matchAll(/Basic ([\w+/]{4,}=*)/g)].map(([, word = '']) => Buffer.from(word, 'base64').toString());
}
