/** Where there is no Jupyter to open a file in: the page that says where the file is. */
import { say } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { LinkParams } from '../links.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';
import { icon } from './icons.ts';
import { page, shownPerson } from './layout.ts';

export interface PlacePage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  /** Undefined for the course's folder. */
  readonly file: string | undefined;
  /** What the page's own address asks for. */
  readonly self: LinkParams;
}

export function placePage({ visit, site, course, file, self: params }: PlacePage): Html {
  const { language } = visit;
  const workspace = course.workspaceOf(visit.person);
  const [full, shown] = [workspace.path, workspace.shown].map((root) =>
    file === undefined ? root : `${root}/${file}`,
  );
  const title = say(file === undefined ? words.placeTitleFolder : words.placeTitle, language);
  const self = { path: `open/${course.id}`, params };
  return page(
    { visit, assets: site.assets, title: course.title, self, person: shownPerson(visit, site) },
    html`<section class="hero good">
      <p class="eyebrow">${course.title}</p>
      <h1>${icon(file === undefined ? 'folder' : 'file')}<span>${title}</span></h1>
      <p class="lead">${say(file === undefined ? words.placeLeadFolder : words.placeLead, language)}</p>
      <dl class="place">
        <dt class="shown-path">${shown}</dt>
        ${full !== shown && html`<dd><span class="side-label">${say(words.placeLabel, language)}</span> <code>${full}</code></dd>`}
      </dl>
      <p class="actions">
        <button
          class="button"
          type="button"
          hidden
          data-copy="${full ?? ''}"
          data-done="${say(words.copied, language)}"
        >
          ${say(words.copyPath, language)}
        </button>
        <a class="button quiet" href="${visit.link(`go/${course.id}`)}">${say(words.back, language)}</a>
      </p>
    </section>`,
  );
}
