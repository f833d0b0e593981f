/** What a form of ours sends along unseen. */
import { TOKEN_FIELD } from '../forgery.ts';
import { html, type Html } from '../html.ts';
import type { LinkParams } from '../links.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit } from '../visit.ts';

/** The fields, and the token that proves the form is from this person's page. */
export function hiddenFields(visit: PersonalVisit, site: Site, fields: LinkParams): Html {
  const all: LinkParams = { ...fields, [TOKEN_FIELD]: site.forgery.tokenOf(visit.person) };
  const inputs = Object.entries(all).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`${inputs}`;
}
