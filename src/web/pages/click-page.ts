/** The page of a click that has no report yet: it starts the run, or shows how far one is. */
import { say, type Sentence } from '../../messages/language.ts';
import { waitingSentence, webSentences as words } from '../../messages/web.ts';
import { html, type Html, type Piece } from '../html.ts';
import type { LinkParams } from '../links.ts';
import type { Course } from '../ports.ts';
import { progressText } from '../run-document.ts';
import type { Run } from '../runs.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { hiddenFields } from './forms.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export interface ClickPage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  /** `open`, `dir`, `app` of the link. */
  readonly linkParams: LinkParams;
  /** The run to show; without one the page starts it. */
  readonly run?: Run;
}

/** Where no scripts run, the page of a running run loads itself again. */
const RELOAD_SECONDS = 2;

export function clickPage(parts: ClickPage): Html {
  const { visit, site, course, run, linkParams } = parts;
  const { language } = visit;
  const path = `go/${course.id}`;
  const pageOf = (id: string): string => visit.link(path, { ...linkParams, run: id });
  const eventsOf = (id: string): string => visit.link(`api/runs/${id}/events`);
  const self = { path, params: { ...linkParams, run: run?.id } };
  const frame = { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) };
  // RUN is where the script puts the id of the run it started
  const id = run?.id ?? 'RUN';
  return page(
    run === undefined ? frame : { ...frame, reloadAfter: RELOAD_SECONDS },
    html`<section class="hero waiting" data-click data-page="${pageOf(id)}" data-events="${eventsOf(id)}">
        <p class="eyebrow">${course.title}</p>
        ${heading(run, visit)}
        <div class="${run === undefined ? 'progress scripted' : 'progress'}" data-running>
          <p class="progress-text" role="status" aria-live="polite" data-text>${textOf(run, visit)}</p>
          ${bar(run, say(words.progressLabel, language))}
        </div>
        ${run === undefined && startForm(parts)}
        <div class="notice" data-failed hidden role="alert">
          ${icon('warning')}
          <p>
            <span data-message>${say(words.startFailed, language)}</span>
            <a href="${visit.link(path, linkParams)}">${say(words.tryAgain, language)}</a>
          </p>
        </div>
        <div class="notice" data-lost hidden role="alert">
          ${icon('warning')}
          <p>
            ${say(words.connectionLost, language)}
            <a href="${visit.link(path, linkParams)}">${say(words.lookAgain, language)}</a>
          </p>
        </div>
      </section>
      <p class="small"><a href="${visit.link(`laptop/${course.id}`)}">${say(words.laptopTitle, language)}</a></p>`,
  );
}

/** Where no scripts run, nothing is on its way before the button is pressed. */
function heading(run: Run | undefined, { language }: PersonalVisit): Html {
  const by = (title: Sentence, lead: Sentence, scripted = false): Html =>
    html`<h1 ${scripted && html`class="scripted"`}>${icon('refresh')}<span>${say(title, language)}</span></h1>
      <p class="${scripted ? 'lead scripted' : 'lead'}">${say(lead, language)}</p>`;
  if (run !== undefined) return by(words.startTitle, words.startLead);
  return html`<noscript>${by(words.startTitleByHand, words.startLeadByHand)}</noscript>
    ${by(words.startTitle, words.startLead, true)}`;
}

function startForm({ visit, site, course, linkParams }: ClickPage): Html {
  const { language } = visit;
  const fields = { ...linkParams, course: course.id };
  return html`<form class="start" method="post" action="${visit.link('api/runs')}" data-start>
    ${hiddenFields(visit, site, fields)}
    <p class="hint scripted">${say(words.startSlow, language)}</p>
    <p class="actions"><button class="button">${say(words.startButton, language)}${icon('arrow')}</button></p>
  </form>`;
}

function textOf(run: Run | undefined, visit: PersonalVisit): string {
  const state = run?.state();
  return state?.kind === 'running'
    ? progressText(state.progress, visit.language)
    : say(waitingSentence, visit.language);
}

function bar(run: Run | undefined, label: string): Piece {
  const state = run?.state();
  const { done, total } = state?.kind === 'running' ? state.progress : { done: 0, total: undefined };
  if (total === undefined || total === 0) return html`<progress aria-label="${label}"></progress>`;
  return html`<progress aria-label="${label}" value="${done}" max="${total}"></progress>`;
}
