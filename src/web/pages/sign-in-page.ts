/** Before the first click on a course that each student reads as themselves: the way to the platform. */
import { say } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { LinkParams } from '../links.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { hiddenFields } from './forms.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export interface SignInPage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  readonly linkParams: LinkParams;
  /** The sign-in was good once: what came with it is still there. */
  readonly hasEnded: boolean;
}

export function signInPage(parts: SignInPage): Html {
  const { visit, site, course, linkParams, hasEnded } = parts;
  const { language } = visit;
  const self = { path: `go/${course.id}`, params: linkParams };
  return page(
    { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) },
    html`<section class="hero">
      <p class="eyebrow">${course.title}</p>
      <h1>${icon('folder')}<span>${say(hasEnded ? words.platformAgainTitle : words.platformTitle, language)}</span></h1>
      <p class="lead">${say(words.platformLead, language)}</p>
      <p class="actions">
        <a class="button" href="${visit.link(`connect/${course.id}`, linkParams)}"
          >${say(words.platformButton, language)}${icon('arrow')}</a
        >
      </p>
      ${
        hasEnded &&
        html`<form class="start" method="post" action="${visit.link('api/runs')}">
          ${hiddenFields(visit, site, { ...linkParams, course: course.id })}
          <p class="actions"><button class="button quiet">${say(words.platformSkip, language)}</button></p>
        </form>`
      }
    </section>`,
  );
}
