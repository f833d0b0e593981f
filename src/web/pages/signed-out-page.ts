/** After signing out: what that did, and how to leave a hub as well. */
import { say } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import type { Visit } from '../visit.ts';
import { icon } from './icons.ts';
import { page } from './layout.ts';

/** `elsewhere` is where the hub signs people out, if there is one. */
export function signedOutPage(visit: Visit, site: Site, elsewhere: string | undefined): Html {
  const { language } = visit;
  const title = say(words.signedOutTitle, language);
  return page(
    { visit, assets: site.assets, title },
    html`<section class="hero good">
      <h1>${icon('check')}<span>${title}</span></h1>
      <p class="lead">${say(elsewhere === undefined ? words.signedOutHere : words.signedOutLead, language)}</p>
      ${
        elsewhere !== undefined &&
        html`<p class="actions">
          <a class="button quiet" href="${elsewhere}">${say(words.signOutOfHub, language)}</a>
        </p>`
      }
    </section>`,
  );
}
