/** After signing out: what that did, and how to leave the hub as well. */
import { say } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import type { Visit } from '../visit.ts';
import { icon } from './icons.ts';
import { page } from './layout.ts';

/** `hubLogout` is where the hub signs people out. */
export function signedOutPage(visit: Visit, site: Site, hubLogout: string): Html {
  const { language } = visit;
  const title = say(words.signedOutTitle, language);
  return page(
    { visit, assets: site.assets, title },
    html`<section class="hero good">
      <h1>${icon('check')}<span>${title}</span></h1>
      <p class="lead">${say(words.signedOutLead, language)}</p>
      <p class="actions"><a class="button quiet" href="${hubLogout}">${say(words.signOutOfHub, language)}</a></p>
    </section>`,
  );
}
