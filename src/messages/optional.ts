import type { Language, Sentence } from './language.ts';
import { say } from './language.ts';

type Params = Readonly<Record<string, string | number>>;

/**
 * Puts a sentence with optional parts into words: a part in `[…]` is said only when all its parameters are there.
 * `the course[ “{course}”] is not known` reads well with and without a name.
 */
export function sayOptional(sentence: Sentence, language: Language, params: Params): string {
  const whole = sentence[language].replace(/\[([^\]]*)\]/g, (_, part: string) =>
    placeholdersOf(part).every((name) => params[name] !== undefined) ? part : '',
  );
  return say({ de: whole, en: whole }, language, params);
}

/** The names of the parameters a text shows. */
export function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}
