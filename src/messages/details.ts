/**
 * What exactly was wrong, in German: errors carry it as an English phrase (`detail`), so that logs and operators have
 * one language. A phrase that is not here stays as it is.
 */
import { detailSentences } from './detail-sentences.ts';
import type { Language, Sentence } from './language.ts';
import { say } from './language.ts';

/** Gives `detail` in `language`. */
export function describeDetail(detail: string, language: Language): string {
  if (language === 'en') return systemPhrases[detail]?.en ?? detail;
  const whole = systemPhrases[detail] ?? byEnglish.get(detail);
  if (whole !== undefined) return whole.de;
  for (const { sentence, pattern } of templates()) {
    const values = pattern.exec(detail)?.groups;
    if (values !== undefined) return say(sentence, 'de', values);
  }
  return detail;
}

/** What the system calls its errors, for people. */
const systemPhrases: Readonly<Record<string, Sentence>> = {
  ENOENT: { de: 'nicht vorhanden', en: 'it is not there' },
  ENOTDIR: { de: 'darüber ist kein Ordner', en: 'what is above it is no folder' },
  EISDIR: { de: 'ein Ordner, keine Datei', en: 'a folder, not a file' },
  EACCES: { de: 'keine Berechtigung', en: 'no permission' },
  EPERM: { de: 'keine Berechtigung', en: 'no permission' },
  EROFS: { de: 'schreibgeschützt', en: 'read-only' },
  ENOSPC: { de: 'kein Platz mehr', en: 'no space left' },
  EDQUOT: { de: 'kein Platz mehr', en: 'no space left' },
  EIO: { de: 'der Datenträger meldet einen Fehler', en: 'the disk reports an error' },
  ELOOP: { de: 'ein Verweis', en: 'a link' },
  ENAMETOOLONG: { de: 'der Name ist zu lang', en: 'the name is too long' },
  ESTALE: { de: 'der Speicher im Netz ist weg', en: 'the network storage is gone' },
};

const byEnglish: ReadonlyMap<string, Sentence> = new Map(
  detailSentences.filter(({ en }) => !en.includes('{')).map((sentence) => [sentence.en, sentence]),
);

/** The phrases with something in them: what finds one, and its sentence. */
function* templates(): Generator<{ readonly sentence: Sentence; readonly pattern: RegExp }> {
  for (const sentence of detailSentences)
    if (sentence.en.includes('{')) yield { sentence, pattern: patternOf(sentence.en) };
}

/** A name that stands twice must stand for the same text twice. */
function patternOf(phrase: string): RegExp {
  const seen = new Set<string>();
  const parts = phrase.split(/\{(\w+)\}/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[^\w\s]/g, '\\$&');
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>.+)`;
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
