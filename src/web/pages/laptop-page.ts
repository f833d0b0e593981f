/** How a course comes to a computer of one's own: one command and a code, or an archive. */
import { say } from '../../messages/language.ts';
import { shellWord } from '../../messages/shell-word.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import { CODE_MINUTES, TOKEN_DAYS } from '../laptop-codes.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { hiddenFields } from './forms.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export interface LaptopPage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  /** Just made; it is shown this once. */
  readonly code?: string;
  /** Whether all computers were signed out just now. */
  readonly isSignedOut?: boolean;
}

export function laptopPage(parts: LaptopPage): Html {
  const { visit, site, course } = parts;
  const { language } = visit;
  const self = { path: `laptop/${course.id}`, params: {} };
  const command = `npx f2git pull ${shellWord(site.linkOf(course.id, visit.person))}`;
  return page(
    { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) },
    html`<section class="hero">
      <p class="eyebrow">${course.title}</p>
      <h1>${icon('folder')}<span>${say(words.laptopTitle, language)}</span></h1>
      <p class="lead">${say(words.laptopLead, language)}</p>
      <p><code class="command">${command}</code></p>
      <p class="actions">
        <button
          class="button quiet"
          type="button"
          hidden
          data-copy="${command}"
          data-done="${say(words.copied, language)}"
        >
          ${say(words.laptopCopy, language)}
        </button>
        <a class="button quiet" href="${visit.link(`zip/${course.id}.zip`)}">${say(words.download, language)}</a>
        <a class="button quiet" href="${visit.link(`go/${course.id}`)}">${say(words.back, language)}</a>
      </p>
      ${site.identity.kind !== 'none' && [codeBox(parts), signOutBox(parts)]}
    </section>`,
  );
}

/** Where nobody signs in, nobody has to show a code. */
function codeBox({ visit, site, course, code }: LaptopPage): Html {
  const { language } = visit;
  if (code !== undefined) {
    return html`<div class="notice" role="status">
      ${icon('shield')}
      <p>
        ${say(words.laptopCode, language, { minutes: CODE_MINUTES })}
        <strong class="one-time-code">${code}</strong>
      </p>
    </div>`;
  }
  return html`<form method="post" action="${visit.link(`laptop/${course.id}/code`)}">
    ${hiddenFields(visit, site, {})}
    <p class="hint">${say(words.laptopAsk, language)}</p>
    <p class="actions"><button class="button">${say(words.laptopShow, language)}${icon('arrow')}</button></p>
  </form>`;
}

function signOutBox({ visit, site, course, isSignedOut }: LaptopPage): Html {
  const { language } = visit;
  if (isSignedOut === true) {
    return html`<div class="notice" role="status">
      ${icon('shield')}
      <p>${say(words.laptopsSignedOut, language)}</p>
    </div>`;
  }
  return html`<form method="post" action="${visit.link(`laptop/${course.id}/end`)}">
    ${hiddenFields(visit, site, {})}
    <p class="hint">${say(words.laptopSignOutHint, language, { days: TOKEN_DAYS })}</p>
    <p class="actions"><button class="button quiet">${say(words.laptopSignOut, language)}</button></p>
  </form>`;
}
