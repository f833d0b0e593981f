/** Of the page for staff: where a course's files come from, and how the last look there went. */
import { say, type Language, type Sentence } from '../../messages/language.ts';
import { teachSentences as words } from '../../messages/teach.ts';
import type { SourceType } from '../../sources/source.ts';
import { html, type Html, type Piece } from '../html.ts';
import type { DeskView } from '../staff-desk.ts';
import { icon } from './icons.ts';
import type { TeachPage } from './teach-parts.ts';
import { agoText, timeText } from './time.ts';

export function sourceCard({ visit, site, course, desk }: TeachPage): Piece {
  const { source } = course;
  if (source === undefined) return undefined;
  const { language } = visit;
  const kind = typeNames[source.type];
  const facts: readonly Fact[] = [
    [words.sourceKind, typeof kind === 'string' ? kind : say(kind, language)],
    [words.sourceWhere, source.where],
    ...(desk === undefined ? [] : lookedAt(desk.view, desk.desk.timeZone, site.now(), language)),
  ];
  return html`<div class="card source">
    <section>
      <h2>${icon('folder')}<span>${say(words.source, language)}</span></h2>
      <dl class="facts">
        ${facts.map(
          ([name, text]) =>
            html`<dt>${say(name, language)}</dt>
              <dd>${text}</dd>`,
        )}
      </dl>
    </section>
  </div>`;
}

type Fact = readonly [Sentence, string | Html];

/** A look that failed tells when there was an answer before it. */
function lookedAt(view: DeskView, zone: string, now: Date, language: Language): readonly Fact[] {
  const { answeredAt, failure, failedAt } = view;
  const when = (at: Date): string => `${timeText(at, zone, language)} (${agoText(at, now, language)})`;
  const answered = answeredAt === undefined ? undefined : new Date(answeredAt);
  if (failure !== undefined && failedAt !== undefined) {
    return [
      [words.sourceLooked, when(failedAt)],
      [words.sourceResult, say(words.resultFailed, language)],
      ...(answered === undefined ? [] : ([[words.sourceAnswered, when(answered)]] as const)),
    ];
  }
  if (answered === undefined) return [[words.sourceLooked, say(words.neverLooked, language)]];
  const isWhole = view.isComplete && view.troubles.length === 0 && view.entries.every(({ problem }) => !problem);
  return [
    [words.sourceLooked, when(answered)],
    [words.sourceResult, say(isWhole ? words.resultWhole : words.resultPart, language)],
  ];
}

/** What people call it; names of platforms are the same in every language. */
const typeNames: Readonly<Record<SourceType, string | Sentence>> = {
  folder: words.typeFolder,
  zip: words.typeZip,
  git: words.typeGit,
  webdav: 'WebDAV',
  studip: 'Stud.IP',
  ilias: 'ILIAS',
  canvas: 'Canvas',
  moodle: 'Moodle',
  rclone: 'rclone',
  memory: 'f2git',
};
