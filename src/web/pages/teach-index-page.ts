/** The courses somebody looks after. */
import { say } from '../../messages/language.ts';
import { teachSentences as words } from '../../messages/teach.ts';
import { html, type Html } from '../html.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export function teachIndexPage(visit: PersonalVisit, site: Site, courses: readonly Course[]): Html {
  const { language } = visit;
  const title = say(words.indexTitle, language);
  return page(
    { visit, assets: site.assets, title, self: { path: 'teach', params: {} }, person: shownPerson(visit, site) },
    html`<section class="hero good plain">
        <h1><span>${title}</span></h1>
      </section>
      <ul class="courses">
        ${courses.map(
          ({ id, title: name }) =>
            html`<li class="card course">
              <h2>${icon('folder')}<a href="${visit.link(`teach/${id}`)}">${name}</a></h2>
            </li>`,
        )}
      </ul>`,
  );
}
