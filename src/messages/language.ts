/** German and English: every sentence people read exists in both. */
export type Language = 'de' | 'en';

export const languages: readonly Language[] = ['de', 'en'];

/** One sentence in both languages; `{name}` is replaced by the parameter of that name. */
export interface Sentence {
  readonly de: string;
  readonly en: string;
}

/** Puts a sentence into words. A placeholder without a parameter stays as it is, so that a test can find it. */
export function say(
  sentence: Sentence,
  language: Language,
  params: Readonly<Record<string, string | number>> = {},
): string {
  return sentence[language].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    return value === undefined ? placeholder : String(value);
  });
}

/** The language of a locale such as `de_DE.UTF-8` or `en-GB`; English when it is neither. */
export function languageOf(locale: string | undefined): Language {
  return locale?.toLowerCase().startsWith('de') === true ? 'de' : 'en';
}
