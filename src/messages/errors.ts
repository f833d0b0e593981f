/** Puts errors into words, in either language. */
import type { ErrorParams, F2gitError } from '../errors.ts';
import { describeDetail } from './details.ts';
import { errorSentences } from './error-sentences.ts';
import type { Language, Sentence } from './language.ts';
import { say } from './language.ts';
import { placeholdersOf, sayOptional } from './optional.ts';

/** Puts an error into words; of one made by `forStudents`, those about its course. What its sentence has no place for follows in brackets, for whoever is asked for help. */
export function describeError(
  error: Pick<F2gitError, 'code' | 'params'> & Partial<Pick<F2gitError, 'parts'>>,
  language: Language,
): string {
  if (error.parts !== undefined && error.parts.length > 0) return describeMistakes(error.parts, language);
  const sentence = error.params['title'] === undefined ? errorSentences[error.code] : courseUnreadable;
  return describe(sentence, error.params, language);
}

function describe(sentence: Sentence, given: ErrorParams, language: Language): string {
  const said = new Set(placeholdersOf(sentence[language]));
  const params = inLanguage(shortened(given), language);
  const rest = Object.entries(params).filter(([name]) => !said.has(name));
  const text = sayOptional(sentence, language, params);
  if (rest.length === 0) return text;
  return `${text} ${say(moreExactly, language, { rest: rest.map(([name, value]) => `${name}: ${value}`).join(', ') })}`;
}

/** As `describeError`, on a page: whoever reads that has a link and need not know a command. */
export function describeOnPage(error: F2gitError, language: Language): string {
  if (error.code !== 'workspace-missing') return describeError(error, language);
  return describe(noWorkspaceYet, error.params, language);
}

const noWorkspaceYet: Sentence = {
  de: 'Du hast diesen Kurs noch nicht[: „{path}“]. Es wurde nichts geändert, deine Arbeit ist sicher. Klick auf den Link des Kurses, dann kommen seine Dateien.',
  en: 'You do not have this course yet[: “{path}”]. Nothing was changed, your work is safe. Click the course’s link, then its files come.',
};

/** As `describeError`, for those who look after a course: what calms whoever works in it is not for them. */
export function describeToStaff(error: Pick<F2gitError, 'code' | 'params'>, language: Language): string {
  return describe(withoutComfort(errorSentences[error.code]), error.params, language);
}

/** The sentence that each error has on the safety of people's work goes. */
function withoutComfort({ de, en }: Sentence): Sentence {
  return {
    de: de.replace(/ [^.\]]*[Aa]rbeit ist sicher[^.]*\./, ''),
    en: en.replace(/ [^.\]]*[Ww]ork is safe[^.]*\./, ''),
  };
}

/** Of the configuration, a line each. */
function describeMistakes(parts: readonly Pick<F2gitError, 'code' | 'params'>[], language: Language): string {
  const lines = parts.map((part) => `  ${sayOptional(oneMistake, language, mistakeIn(part, language))}`);
  return say(severalMistakes, language, { count: lines.length, mistakes: lines.join('\n') });
}

/** What an adapter has no short words for is told by its whole sentence. */
function mistakeIn({ code, params }: Pick<F2gitError, 'code' | 'params'>, language: Language): ErrorParams {
  if (code === 'config-invalid' || params['detail'] !== undefined) return inLanguage(shortened(params), language);
  const { key = '', line, ...others } = params;
  return { key, ...(line === undefined ? {} : { line }), detail: describeError({ code, params: others }, language) };
}

const oneMistake: Sentence = {
  de: '„{key}“[ (Zeile {line})][: {detail}]',
  en: '“{key}”[ (line {line})][: {detail}]',
};

const severalMistakes: Sentence = {
  de: 'In der Konfiguration stimmt an {count} Stellen etwas nicht:\n{mistakes}\nEs wurde nichts geändert, alle Arbeit ist sicher. Berichtige die Datei; „f2git check“ prüft sie.',
  en: '{count} things in the configuration are not right:\n{mistakes}\nNothing was changed, all work is safe. Correct the file; “f2git check” examines it.',
};

/** A name of thousands of characters would hide the sentence it stands in. */
const MOST_CHARACTERS = 300;

function shortened(params: ErrorParams): ErrorParams {
  const cut = (value: string): string =>
    value.length <= MOST_CHARACTERS ? value : `${Array.from(value).slice(0, MOST_CHARACTERS).join('')}…`;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}

/** Phrases that come from elsewhere in the code, in the reader's language. */
function inLanguage(params: ErrorParams, language: Language): ErrorParams {
  const phrases = phraseParams.flatMap((name) => {
    const value = params[name];
    return typeof value === 'string' ? [[name, describeDetail(value, language)] as const] : [];
  });
  return { ...params, ...Object.fromEntries(phrases) };
}

/** What students read of a course whose source is in trouble (`for-students.ts`). */
const courseUnreadable: Sentence = {
  de: 'f2git kann den Kurs „{title}“ gerade nicht holen: {reason}. Deine Arbeit ist sicher, du kannst mit dem weiterarbeiten, was du hast. Woran es liegt, steht für die Leute, die ihn betreuen, im Protokoll des Servers; versuch es später noch einmal.',
  en: 'f2git cannot get the course “{title}” just now: {reason}. Your work is safe, you can go on with what you have. What is wrong is in the server’s log for those who look after it; try again later.',
};

const phraseParams = ['argument', 'branches', 'detail', 'errno', 'kind', 'missing', 'reason', 'why'] as const;

const moreExactly: Sentence = { de: '(Genauer: {rest})', en: '(More exactly: {rest})' };
