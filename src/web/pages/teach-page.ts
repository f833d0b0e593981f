/** How a course stands, for those who look after it: what came, what waits, what students get when, and links to share. */
import type { Verdict } from '../../repo/verdicts.ts';
import type { PathTrouble } from '../../repo/course-state.ts';
import type { Preview, StaffEntry, StaffFile } from '../../repo/staff-view.ts';
import type { Window } from '../../release/schedule.ts';
import { describeToStaff } from '../../messages/errors.ts';
import { say, type Language, type Sentence } from '../../messages/language.ts';
import { teachSentences as words } from '../../messages/teach.ts';
import { webSentences } from '../../messages/web.ts';
import { html, type Html, type Piece } from '../html.ts';
import { isLoopbackName } from '../identity-none.ts';
import { apps } from '../ports.ts';
import type { DeskView, StaffDesk } from '../staff-desk.ts';
import { hiddenFields } from './forms.ts';
import { icon, type IconName } from './icons.ts';
import { page, shownPerson } from './layout.ts';
import { brokenPath } from './path.ts';
import { clicksCard } from './teach-clicks.ts';
import type { TeachEnd, TeachPage } from './teach-parts.ts';
import { sourceCard } from './teach-source.ts';
import { agoText, timeText } from './time.ts';

export function teachPage(parts: TeachPage): Html {
  const { visit, site, course, desk } = parts;
  const { language } = visit;
  const self = { path: `teach/${course.id}`, params: {} };
  const frame = { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) };
  if (desk === undefined)
    return page(frame, [elsewhere(parts), linkCard(parts, []), sourceCard(parts), clicksCard(parts)]);
  const { view } = desk;
  const of = (verdict: Verdict): readonly StaffEntry[] =>
    view.entries.filter((entry) => entry.verdict === verdict && !entry.held);
  return page(frame, [
    overview(parts, view, of('offered').length),
    scheduleMistakesCard(view, language),
    problemsCard(view, language),
    heldCard(parts, view),
    listCard('scheduled', 'pause', of('scheduled'), language),
    listCard('hidden', 'pause', of('hidden'), language),
    listCard('withdrawn', 'minus', of('withdrawn'), language),
    scheduleCard(words.schedule, desk.desk.schedule, desk.desk, language),
    scheduleCard(words.ownSchedule, desk.desk.ownSchedule(), desk.desk, language),
    previewCard(parts, desk.desk),
    linkCard(parts, view.entries),
    sourceCard(parts),
    clicksCard(parts),
    listCard('offered', 'file', of('offered'), language),
  ]);
}

function elsewhere({ visit: { language }, course }: TeachPage): Html {
  return html`<section class="hero">
    <p class="eyebrow">${course.title}</p>
    <h1>${icon('folder')}<span>${say(words.title, language)}</span></h1>
    <p class="lead">${say(course.signIn === undefined ? words.elsewhere : words.perStudent, language)}</p>
  </section>`;
}

const endWords: Readonly<Record<TeachEnd, Sentence>> = {
  confirmed: words.heldDone,
  none: words.heldNone,
  others: words.heldOthers,
  unseen: words.heldUnseen,
  looking: words.looking,
};

function overview({ visit, site, course, told }: TeachPage, view: DeskView, count: number): Html {
  const { language } = visit;
  const { answeredAt, failure } = view;
  const isFine =
    failure === undefined && view.isComplete && answeredAt !== undefined && !view.troubles.some(isOfSchedule);
  const lead =
    answeredAt === undefined
      ? say(words.neverRead, language)
      : say(words.lead, language, { count, age: agoText(new Date(answeredAt), site.now(), language) });
  return html`<section class="hero ${isFine ? 'good' : 'look'}">
    <p class="eyebrow">${course.title}</p>
    <h1>${icon(isFine ? 'check' : 'warning')}<span>${say(words.title, language)}</span></h1>
    <p class="lead">${lead}</p>
    ${told !== undefined && notice(say(endWords[told], language))}
    ${failure !== undefined && notice(describeToStaff(failure, language))}
    ${!view.isComplete && notice(say(words.incomplete, language))}
    <form method="post" action="${visit.link(`teach/${course.id}/look`)}">
      ${hiddenFields(visit, site, {})}
      <p class="actions">
        <button class="button">${say(words.look, language)}</button>
        <a class="button quiet" href="${visit.link(`go/${course.id}`)}">${say(words.asStudent, language)}</a>
      </p>
    </form>
  </section>`;
}

function notice(text: string): Html {
  return html`<p class="notice" role="status">${icon('warning')}<span>${text}</span></p>`;
}

interface Line {
  readonly path: string;
  readonly told?: string;
}

function isOfSchedule({ code }: PathTrouble): boolean {
  return code === 'schedule-invalid';
}

/** What is wrong with the schedule in the course's folder. */
function scheduleMistakesCard({ troubles }: DeskView, language: Language): Piece {
  const lines = troubles.filter(isOfSchedule).map((trouble) => troubleLine(trouble, language));
  return card('problems', 'warning', words.scheduleMistakes, lines, language);
}

function troubleLine({ path, shown, code, params }: PathTrouble, language: Language): Line {
  return {
    path: path ?? shown ?? say(words.wholeCourse, language),
    told: describeToStaff({ code, params }, language),
  };
}

/** What the source could not give, each with its reason. */
function problemsCard({ entries, troubles }: DeskView, language: Language): Piece {
  const lines = [
    ...troubles.filter((trouble) => !isOfSchedule(trouble)).map((trouble) => troubleLine(trouble, language)),
    ...entries.flatMap(({ path, problem }) =>
      problem === undefined ? [] : [{ path, told: describeToStaff(problem, language) }],
    ),
  ];
  return card('problems', 'warning', words.problems, lines, language, say(words.problemsTold, language));
}

function heldCard({ visit, site, course }: TeachPage, { entries, heldNow }: DeskView): Piece {
  const { language } = visit;
  const held = entries.filter((entry) => entry.held);
  const form = html`<form method="post" action="${visit.link(`teach/${course.id}/confirm`)}">
    ${hiddenFields(visit, site, { shown: heldNow })}
    <p class="actions"><button class="button small">${say(words.heldConfirm, language)}</button></p>
  </form>`;
  return card('held', 'warning', words.held, linesOf(held), language, say(words.heldTold, language), form);
}

function listCard(
  name: 'scheduled' | 'hidden' | 'withdrawn' | 'offered',
  sign: IconName,
  files: readonly StaffFile[],
  language: Language,
): Piece {
  return card(`plain ${name}`, sign, words[name], linesOf(files), language);
}

function linesOf(files: readonly StaffFile[]): readonly Line[] {
  return files.map(({ path }) => ({ path }));
}

/** Shown at once, and shown at all: who has more files asks `f2git preview`. */
const SHOWN = 8;
const LISTED = 1000;

function card(
  kind: string,
  sign: IconName,
  title: Sentence,
  lines: readonly Line[],
  language: Language,
  told?: string,
  form?: Html,
): Piece {
  if (lines.length === 0) return undefined;
  const rest = lines.slice(SHOWN, LISTED);
  const left = lines.length - LISTED;
  return html`<div class="card ${kind}">
    <section>
      <h2>${icon(sign)}<span>${say(title, language)}</span><span class="count">${lines.length}</span></h2>
      ${told !== undefined && html`<p class="told">${told}</p>`} ${fileList(lines.slice(0, SHOWN))}
      ${
        rest.length > 0 &&
        html`<details class="rest">
          <summary>${say(webSentences.more, language, { count: lines.length - SHOWN })}</summary>
          ${fileList(rest)} ${left > 0 && html`<p class="told">${say(words.notShown, language, { count: left })}</p>`}
        </details>`
      }
      ${form}
    </section>
  </div>`;
}

function fileList(lines: readonly Line[]): Html {
  return html`<ul class="files">
    ${lines.map(
      ({ path, told }) =>
        html`<li class="file">
          <p class="path">${brokenPath(path)}</p>
          ${told !== undefined && html`<p class="told">${told}</p>`}
        </li>`,
    )}
  </ul>`;
}

function scheduleCard(
  title: Sentence,
  schedule: readonly Window[],
  { timeZone }: StaffDesk,
  language: Language,
): Piece {
  if (schedule.length === 0) return undefined;
  const lines = schedule.map((window) => ({ path: window.pattern, told: windowText(window, timeZone, language) }));
  const told = say(words.scheduleTold, language, { zone: timeZone });
  return card('schedule', 'pause', title, lines, language, told);
}

function windowText({ from, until, groups }: Window, zone: string, language: Language): string {
  const time = (at: Date): string => timeText(at, zone, language);
  const parts = [
    ...(from === undefined ? [] : [say(words.from, language, { time: time(from) })]),
    ...(until === undefined ? [] : [say(words.until, language, { time: time(until) })]),
    ...(from === undefined && until === undefined ? [say(words.always, language)] : []),
    ...(groups === undefined ? [] : [say(words.forGroups, language, { groups: groups.join(', ') })]),
  ];
  return parts.join(' ');
}

function previewCard(parts: TeachPage, { timeZone, groups }: StaffDesk): Html {
  const { visit, course, preview } = parts;
  const { language } = visit;
  return html`<div class="card plain">
    <section>
      <h2>${icon('refresh')}<span>${say(words.preview, language)}</span></h2>
      <form class="ask" method="get" action="${visit.link(`teach/${course.id}`)}">
        ${carriedFields(parts)}
        <label
          >${say(words.previewAt, language, { zone: timeZone })}
          <input type="datetime-local" name="at" required value="${preview?.at ?? ''}"
        /></label>
        ${
          groups.length > 0 &&
          html`<label
            >${say(words.previewFor, language)}
            <select name="for">
              ${['', ...groups].map((group) => option(group, group === '' ? say(words.everybody, language) : group, preview?.group ?? ''))}
            </select></label
          >`
        }
        <button class="button small">${say(words.previewShow, language)}</button>
      </form>
      ${preview !== undefined && previewText(preview.seen, timeZone, language)}
    </section>
  </div>`;
}

function previewText({ at, files, changes }: Preview, zone: string, language: Language): Piece {
  const lists = [
    [words.previewAdded, changes.added],
    [words.previewRemoved, changes.removed],
    [words.previewWithheld, changes.withheld],
  ] as const;
  const isSame = lists.every(([, list]) => list.length === 0);
  return html`<p role="status">
      ${say(words.previewCount, language, { at: timeText(at, zone, language), count: files.length })}
      ${isSame && say(words.previewSame, language)}
    </p>
    ${lists.map(
      ([title, list]) =>
        list.length > 0 &&
        html`<h3>${say(title, language)}</h3>
          ${fileList(linesOf(list.slice(0, LISTED)))}
          ${list.length > LISTED && html`<p class="told">${say(words.notShown, language, { count: list.length - LISTED })}</p>`}`,
    )}`;
}

function linkCard(parts: TeachPage, files: readonly StaffFile[]): Html {
  const { visit, site, course, wish } = parts;
  const { language } = visit;
  const address = new URL(site.linkOf(course.id));
  for (const [name, value] of Object.entries(wish)) if (value !== '') address.searchParams.set(name, value);
  // a `/` in a parameter needs no escape (RFC 3986, 3.4), and people read these links
  const link = address.href.replaceAll('%2F', '/');
  const isUnknown = wish.open !== '' && files.length > 0 && !files.some(({ path }) => path === wish.open);
  return html`<div class="card">
    <section>
      <h2>${icon('arrow')}<span>${say(words.link, language)}</span></h2>
      <form class="ask" method="get" action="${visit.link(`teach/${course.id}`)}">
        ${carriedFields(parts)}
        <label
          >${say(words.linkFile, language)}
          <input name="open" list="files" value="${wish.open}" placeholder="${course.open ?? ''}"
        /></label>
        <datalist id="files">
          ${files.slice(0, LISTED).map(({ path }) => html`<option value="${path}"></option>`)}
        </datalist>
        <label
          >${say(words.linkApp, language)}
          <select name="app">
            ${['', ...apps].map((app) => option(app, app === '' ? say(words.linkUsual, language) : app, wish.app))}
          </select></label
        >
        <button class="button small">${say(words.linkMake, language)}</button>
      </form>
      ${isUnknown && notice(say(words.linkUnknown, language))}
      ${isOfThisComputer(address) && notice(say(words.linkHere, language))}
      ${site.identity.kind === 'links' && html`<p class="told">${say(words.linkPersonal, language, { course: course.id })}</p>`}
      <p><code class="command">${link}</code></p>
      <p class="actions">
        <button
          class="button small"
          type="button"
          hidden
          data-copy="${link}"
          data-done="${say(webSentences.copied, language)}"
        >
          ${say(words.copy, language)}
        </button>
      </p>
    </section>
  </div>`;
}

/** What a server tells of itself that listens for a proxy and does not know under which name people reach it. */
function isOfThisComputer({ hostname }: URL): boolean {
  return isLoopbackName(hostname) || ['0.0.0.0', '[::]'].includes(hostname);
}

/** What a form that only asks must not lose: it replaces the query of its address. */
function carriedFields({ visit }: TeachPage): Html {
  const carried = new URLSearchParams(visit.link('').split('?')[1] ?? '');
  return html`${[...carried].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`;
}

function option(value: string, text: string, chosen: string): Html {
  return html`<option value="${value}" ${value === chosen && html`selected`}>${text}</option>`;
}
