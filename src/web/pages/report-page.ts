/** The page of a finished run: what came, what was merged, what stayed and what the course wanted, what to do next. */
import { say, type Language, type Sentence } from '../../messages/language.ts';
import { teachSentences } from '../../messages/teach.ts';
import { webSentences as words } from '../../messages/web.ts';
import { describeNotice, didNotAnswer, type RunReport } from '../../sync/report.ts';
import type { Notice } from '../../sync/plan-types.ts';
import type { Declined } from '../../sync/tree.ts';
import { html, type Html, type Piece } from '../html.ts';
import type { LinkParams } from '../links.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { hiddenFields } from './forms.ts';
import { icon, type IconName } from './icons.ts';
import { page, shownPerson } from './layout.ts';
import { brokenPath } from './path.ts';
import { canTake, isQuiet, sectionsOf, wantsLook, type Section, type SectionName } from './report-view.ts';
import { agoText } from './time.ts';

export interface ReportPage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  readonly report: RunReport;
  /** `open`, `dir`, `app` of the link: every way back carries them. */
  readonly linkParams: LinkParams;
  /** Where the big button leads, and what it opens: the folder, where what the link names is `missing`. */
  readonly destination: {
    readonly address: string;
    readonly file: string | undefined;
    readonly missing?: string | undefined;
  };
  /** Whether the browser may be led on by itself: there is a program to open the file in. */
  readonly canForward: boolean;
}

/** Files of a section that are shown at once; the rest is one click away. */
const SHOWN = 8;

export function reportPage(parts: ReportPage): Html {
  const { visit, site, course, report, linkParams, destination } = parts;
  const { language } = visit;
  const forward = parts.canForward && destination.missing === undefined && isQuiet(report);
  const self = { path: `go/${course.id}`, params: { ...linkParams, run: report.run } };
  const frame = { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) };
  return page(
    frame,
    html`<section class="hero ${toneOf(report)}" data-report="${report.run}">
        <p class="eyebrow">${course.title}</p>
        <h1>${icon(toneOf(report) === 'good' ? 'check' : 'warning')}<span>${say(titleOf(report), language)}</span></h1>
        ${lead(report, language)} ${refusedNotice(report, language)} ${sourceNotice(report, site.now(), language)}
        ${missingNotice(parts)}
        <p class="actions">
          <a class="button" href="${destination.address}" ${forward && html` data-forward="${destination.address}"`}
            >${openLabel(destination.file, language)}${icon('arrow')}</a
          >
          <a class="button quiet" href="${visit.link(`go/${course.id}`, linkParams)}"
            >${say(words.checkAgain, language)}</a
          >
        </p>
        ${forward && html`<p class="hint" role="status">${say(words.forwarding, language)}</p>`}
      </section>
      ${renderSections(parts)} ${takeAllForm(parts)} ${undoForm(parts)}
      <p class="small">
        <a href="${visit.link(`laptop/${course.id}`)}">${say(words.laptopTitle, language)}</a> &middot;
        ${site.identity.mayTeach(visit.person, course.id) && html`<a href="${visit.link(`teach/${course.id}`)}">${say(teachSentences.title, language)}</a> &middot; `}
        ${say(words.runLabel, language)} <code>${report.run}</code>
      </p>`,
  );
}

function toneOf(report: RunReport): 'good' | 'look' {
  const isWhole = report.outcome === 'updated' || report.outcome === 'unchanged';
  const isTrouble = !isWhole || report.notices.some((notice) => notice.action === 'skipped');
  return isTrouble ? 'look' : 'good';
}

function titleOf(report: RunReport): Sentence {
  if (report.outcome === 'partial') return words.titlePartial;
  if (report.kind === 'undo') return isKept(report) ? words.titleUndoNothing : words.titleUndo;
  if (report.kind === 'take') return words.titleTake;
  if (report.outcome === 'stale') return words.titleStale;
  if (report.outcome === 'updated') return words.titleUpdated;
  if (report.empty === true) return words.titleEmpty;
  // nothing was written because the student's version won: that is not the same as nothing new
  if (report.notices.some(wantsLook)) return words.titleKept;
  return report.notices.some(({ action }) => action === 'held') ? words.titleHeld : words.titleUnchanged;
}

function lead(report: RunReport, language: Language): Piece {
  if (report.kind !== 'sync') {
    const sentence = report.kind === 'undo' ? undoSentence(report) : words.leadTake;
    return html`<p class="lead">${say(sentence, language)}</p>`;
  }
  const counts = countsOf(report, language);
  if (counts.length > 0)
    return html`<ul class="counts">
      ${counts.map((count) => html`<li>${count}</li>`)}
    </ul>`;
  const sentence = report.empty === true ? words.leadEmpty : words.leadUnchanged;
  return report.outcome === 'unchanged' && html`<p class="lead">${say(sentence, language)}</p>`;
}

function undoSentence(report: RunReport): Sentence {
  if (isKept(report)) return words.leadUndoNothing;
  return report.notices.some(({ action }) => action === 'kept') ? words.leadUndoPart : words.leadUndo;
}

/** Whether nothing could be taken back, because all of it has changed since. */
function isKept({ outcome, notices }: RunReport): boolean {
  return outcome === 'unchanged' && notices.length > 0 && notices.every(({ action }) => action === 'kept');
}

/** What a click leaves alone because the student wanted it so. */
function refusedNotice({ kind, refused: count }: RunReport, language: Language): Piece {
  return kind === 'sync' && count !== undefined && html`<p>${say(words.refused, language, { count })}</p>`;
}

function countsOf(report: RunReport, language: Language): readonly string[] {
  const sizes = new Map(sectionsOf(report).map((section) => [section.name, section.notices.length]));
  const of = (name: SectionName): number => sizes.get(name) ?? 0;
  const counted = [
    [words.countAdded, of('new')],
    [words.countUpdated, of('updated')],
    [words.countMerged, of('merged')],
    [words.countYours, of('yours')],
    [words.countRestored, of('restored')],
    [words.countRenamed, of('renamed')],
    [words.countRemoved, of('removed')],
    [words.countProblems, of('problems')],
  ] as const;
  return counted.filter(([, count]) => count > 0).map(([sentence, count]) => say(sentence, language, { count }));
}

function sourceNotice(report: RunReport, now: Date, language: Language): Piece {
  const { source } = report;
  if (report.kind !== 'sync') return undefined;
  if (source.state === 'unreachable') {
    const [since, whenever] = didNotAnswer(source)
      ? ([words.staleNotice, words.staleNoticeUnknown] as const)
      : ([words.unreadNotice, words.unreadNoticeUnknown] as const);
    const text =
      source.asOf === undefined
        ? say(whenever, language)
        : say(since, language, { age: agoText(new Date(source.asOf), now, language) });
    return html`<p class="notice">${icon('warning')}<span>${text}</span></p>`;
  }
  if (source.complete && source.problems.length === 0) return undefined;
  return html`<p class="notice">${icon('warning')}<span>${say(words.incompleteNotice, language)}</span></p>`;
}

/** Of a course without files that is said already. */
function missingNotice({ visit, report, destination: { missing } }: ReportPage): Piece {
  if (missing === undefined || report.empty === true) return undefined;
  return html`<p>${say(words.missing, visit.language, { path: missing })}</p>`;
}

export function openLabel(file: string | undefined, language: Language): string {
  return file === undefined
    ? say(words.openFolder, language)
    : say(words.openFile, language, { name: file.split('/').at(-1) ?? file });
}

const sectionLooks: Readonly<Record<SectionName, { readonly icon: IconName; readonly title: keyof typeof words }>> = {
  problems: { icon: 'warning', title: 'sectionProblems' },
  yours: { icon: 'shield', title: 'sectionYours' },
  merged: { icon: 'merge', title: 'sectionMerged' },
  new: { icon: 'plus', title: 'sectionNew' },
  updated: { icon: 'refresh', title: 'sectionUpdated' },
  restored: { icon: 'plus', title: 'sectionRestored' },
  renamed: { icon: 'rename', title: 'sectionRenamed' },
  removed: { icon: 'minus', title: 'sectionRemoved' },
  held: { icon: 'pause', title: 'sectionHeld' },
};

/** What may need a look has a card of its own; what simply came is told in one. */
function renderSections(parts: ReportPage): Html {
  const sections = sectionsOf(parts.report);
  const plain = sections.filter((section) => !isForLooking(section));
  return html`${sections.filter(isForLooking).map((section) => html`<div class="card ${section.name}">${renderSection(section, parts)}</div>`)}
  ${plain.length > 0 && html`<div class="card plain">${plain.map((section) => renderSection(section, parts))}</div>`}`;
}

function isForLooking(section: Section): boolean {
  return (
    section.name === 'problems' ||
    section.name === 'yours' ||
    section.name === 'held' ||
    section.notices.some(wantsLook)
  );
}

function renderSection(section: Section, parts: ReportPage): Html {
  const { language } = parts.visit;
  const look = sectionLooks[section.name];
  const title = section.name === 'removed' && parts.report.kind !== 'sync' ? 'sectionGone' : look.title;
  const first = section.notices.slice(0, SHOWN);
  const rest = section.notices.slice(SHOWN);
  const common = isForLooking(section) ? undefined : commonSentence(section, language);
  const render = (notice: Notice): Html => renderNotice(notice, common === undefined, parts);
  return html`<section aria-labelledby="section-${section.name}">
    <h2 id="section-${section.name}">
      ${icon(look.icon)}<span>${say(words[title], language)}</span>
      <span class="count">${section.notices.length}</span>
    </h2>
    ${common !== undefined && common !== '' && html`<p class="told">${common}</p>`}
    <ul class="files">
      ${first.map(render)}
    </ul>
    ${
      rest.length > 0 &&
      html`<details class="rest">
        <summary>${say(words.more, language, { count: rest.length })}</summary>
        <ul class="files">
          ${rest.map(render)}
        </ul>
      </details>`
    }
  </section> `;
}

/** What is true of every file of the section is said once; of new files the title says it all. */
function commonSentence(section: Section, language: Language): string | undefined {
  if (section.name === 'new') return '';
  const sentences = new Set(section.notices.map((notice) => describeNotice(notice, language)));
  return sentences.size === 1 ? [...sentences][0] : undefined;
}

function renderNotice(notice: Notice, saysMore: boolean, parts: ReportPage): Html {
  const { language } = parts.visit;
  return html`<li class="file">
    <div class="file-head">
      <p class="path">${brokenPath(notice.path)}</p>
      ${canTake(notice) && takeForm({ file: notice.path }, say(words.takeFor, language, { file: notice.path }), parts)}
    </div>
    ${notice.from !== undefined && !isTaken(notice) && html`<p class="told">${say(words.fromPath, language, { from: notice.from })}</p>`}
    ${saysMore && html`<p class="told">${describeNotice(notice, language)}</p>`}
    ${notice.copy !== undefined && html`<p class="told">${say(notice.rule === 'pin' ? words.earlierAt : words.copyAt, language)} <span class="path">${brokenPath(notice.copy)}</span></p>`}
    ${declinedDetails(notice, parts)}
  </li>`;
}

/** Its `from` is a course copy that is needless now, and no former name. */
function isTaken({ rule, action }: Notice): boolean {
  return rule === 'pin' && action === 'updated';
}

function declinedDetails({ path, declined = [] }: Notice, parts: ReportPage): Piece {
  const { language } = parts.visit;
  if (declined.length === 0) return undefined;
  const isFirstOfCell = ({ cell }: Declined, nth: number): boolean =>
    cell !== undefined && declined.findIndex((other) => other.cell === cell) === nth;
  return html`<details class="declined" ${declined.length <= 2 && html` open`}>
    <summary>${say(words.showDeclined, language, { count: declined.length })}</summary>
    ${declined.map((one, nth) => declinedHunk(one, isFirstOfCell(one, nth) && takeCellForm(path, one, parts), language))}
  </details>`;
}

function declinedHunk(one: Declined, form: Piece, language: Language): Html {
  const side = (label: string, text: string, kind: 'theirs' | 'yours'): Html =>
    html`<div class="side ${kind}">
      <p class="side-label">${label}</p>
      ${text === '' ? html`<p class="nothing">${say(words.nothingHere, language)}</p>` : html`<pre tabindex="0" aria-label="${label}">${text}</pre>`}
    </div>`;
  return html`<div class="hunk">
    <div class="file-head">${placeOfHunk(one, language)} ${form}</div>
    <div class="sides">
      ${side(say(words.courseWanted, language), one.course, 'theirs')}
      ${side(say(words.youHave, language), one.yours, 'yours')}
    </div>
  </div>`;
}

function placeOfHunk(one: Declined, language: Language): Piece {
  if (one.cell !== undefined) return html`<p class="where">${say(words.inCell, language, { cell: one.cell })}</p>`;
  if (one.lines === undefined) return undefined;
  const [first, last] = one.lines;
  return html`<p class="where">${say(first === last ? words.atLine : words.atLines, language, { first, last })}</p>`;
}

function takeCellForm(file: string, { cell = '' }: Declined, parts: ReportPage): Html {
  const label = say(words.takeCellFor, parts.visit.language, { cell, file });
  return takeForm({ file, cell }, label, parts, words.takeCell);
}

/** A button that takes the course's version; `label` tells it from the others of the page. */
function takeForm(
  what: Readonly<Record<string, string>>,
  label: string,
  { visit, site, course, linkParams }: ReportPage,
  text: Sentence = words.take,
): Html {
  return html`<form class="take" method="post" action="${visit.link('api/take')}">
    ${hiddenFields(visit, site, { ...linkParams, course: course.id, ...what })}
    <button class="button small" aria-label="${label}">${say(text, visit.language)}</button>
  </form>`;
}

/** One file has its own button. */
function takeAllForm(parts: ReportPage): Piece {
  const { report, visit } = parts;
  const count = report.notices.filter(canTake).length;
  if (count < 2) return undefined;
  const text = say(words.takeAll, visit.language, { count });
  return html`<div class="undo">
    ${takeForm({ all: report.run }, text, parts, words.takeAll)}
    <span class="hint">${say(words.takeAllHint, visit.language, { count })}</span>
  </div>`;
}

/** Nothing to take back: no button. */
function undoForm(parts: ReportPage): Piece {
  const { visit, report, linkParams } = parts;
  const changed = report.notices.some((notice) => notice.action !== 'skipped' && notice.action !== 'held');
  if (!changed) return undefined;
  const label = report.kind === 'undo' ? words.redo : words.undo;
  return html`<form class="undo" method="post" action="${visit.link(`api/runs/${report.run}/undo`)}">
    ${hiddenFields(visit, parts.site, linkParams)}
    <button class="button quiet">${icon('undo')}${say(label, visit.language)}</button>
    <span class="hint">${say(words.undoHint, visit.language)}</span>
  </form>`;
}
