/** The courses of this server, for trying it out. */
import { say } from '../../messages/language.ts';
import { teachSentences } from '../../messages/teach.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export function indexPage(visit: PersonalVisit, site: Site, courses: readonly Course[]): Html {
  const { language } = visit;
  const title = say(words.indexTitle, language);
  const self = { path: '', params: {} };
  const empty = html`<p class="notice">${icon('folder')}<span>${say(words.indexEmpty, language)}</span></p>`;
  return page(
    { visit, assets: site.assets, title, self, person: shownPerson(visit, site) },
    html`<section class="hero good plain">
        <h1><span>${title}</span></h1>
        <p class="lead">${say(words.indexLead, language)}</p>
      </section>
      ${
        courses.length === 0
          ? empty
          : html`<ul class="courses">
              ${courses.map((course) => courseCard(course, visit, site.identity.mayTeach(visit.person, course.id)))}
            </ul>`
      }`,
  );
}

function courseCard(course: Course, visit: PersonalVisit, mayTeach: boolean): Html {
  const { language } = visit;
  return html`<li class="card course">
    <h2>${icon('folder')}<span>${course.title}</span></h2>
    <p class="told">${course.workspaceOf(visit.person).shown}</p>
    <p class="actions">
      <a
        class="button"
        href="${visit.link(`go/${course.id}`)}"
        aria-label="${say(words.getFiles, language)}: ${course.title}"
        >${say(words.getFiles, language)}${icon('arrow')}</a
      >
      <a
        class="button quiet"
        href="${visit.link(`zip/${course.id}.zip`)}"
        aria-label="${say(words.download, language)}: ${course.title}"
        >${say(words.download, language)}</a
      >
      ${mayTeach && html`<a class="button quiet" href="${visit.link(`teach/${course.id}`)}" aria-label="${say(teachSentences.title, language)}: ${course.title}">${say(teachSentences.title, language)}</a>`}
    </p>
  </li>`;
}
