/** What happened · your work is safe · what to do; and, small, what an operator needs to find it. */
import type { F2gitError } from '../../errors.ts';
import { describeOnPage } from '../../messages/errors.ts';
import { say } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import type { Visit } from '../visit.ts';
import { icon } from './icons.ts';
import { page, type Frame } from './layout.ts';

export interface ErrorContext {
  readonly eyebrow?: string;
  readonly run?: string;
  /** As of `Frame`: for the same page in the other language. */
  readonly self?: Frame['self'];
  readonly person?: Frame['person'];
  /** Where trying again leads. */
  readonly again?: string;
  /** The files that are there whatever happened. */
  readonly anyway?: string | undefined;
  /** Where the person starts their server. */
  readonly start?: string | undefined;
}

export function errorPage(error: F2gitError, visit: Visit, site: Site, context: ErrorContext = {}): Html {
  const { language } = visit;
  const { eyebrow, run, self, again, anyway, start } = context;
  const title = say(start === undefined ? titleOf(error) : words.errorTitleStart, language);
  return page(
    { visit, assets: site.assets, title, person: context.person, ...(self === undefined ? {} : { self }) },
    html`<section class="hero look">
        ${eyebrow !== undefined && html`<p class="eyebrow">${eyebrow}</p>`}
        <h1>${icon('warning')}<span>${title}</span></h1>
        <p class="lead">${describeOnPage(error, language)}</p>
        <p class="actions">
          ${start !== undefined && html`<a class="button" href="${start}">${say(words.startServer, language)}</a>`}
          ${again !== undefined && html`<a class="${start === undefined ? 'button' : 'button quiet'}" href="${again}">${say(words.tryAgain, language)}</a>`}
          ${anyway !== undefined && html`<a class="button quiet" href="${anyway}">${say(words.openAnyway, language)}</a>`}
        </p>
      </section>
      <p class="small">
        ${say(words.forTheTeam, language)}: ${say(words.codeLabel, language)}
        <code>${error.code}</code
        >${run !== undefined && html` &middot; ${say(words.runLabel, language)} <code>${run}</code>`}
      </p>`,
  );
}

function titleOf(error: F2gitError): (typeof words)['errorTitle' | 'errorTitleMissing' | 'errorTitleWait'] {
  if (error.status === 404) return words.errorTitleMissing;
  return error.retry === 'now' || error.retry === 'later' ? words.errorTitleWait : words.errorTitle;
}
