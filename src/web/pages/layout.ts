/** The frame of every page. */
import { languages, say, type Language } from '../../messages/language.ts';
import { webSentences } from '../../messages/web.ts';
import { html, type Html, type Piece } from '../html.ts';
import type { Assets } from '../assets.ts';
import type { LinkParams } from '../links.ts';
import type { Site } from '../site.ts';
import type { PersonalVisit, Visit } from '../visit.ts';
import { hiddenFields } from './forms.ts';
import { brandMark } from './icons.ts';

export interface Frame {
  readonly visit: Visit;
  readonly assets: Assets;
  /** What the browser's tab says, before the name of the program. */
  readonly title: string;
  /** Whom the page acts for. */
  readonly person?: ShownPerson | undefined;
  /** This page's own path and parameters, for the same page in the other language; absent where there is none. */
  readonly self?: { readonly path: string; readonly params: LinkParams };
  /** Loads the page again after so many seconds where no scripts run. */
  readonly reloadAfter?: number;
}

const languageNames: Readonly<Record<Language, string>> = { de: 'Deutsch', en: 'English' };

/** A name at the top of a page, and the form that ends the session where there is one. */
export interface ShownPerson {
  readonly name: string;
  readonly signOut?: Html;
}

export function page(frame: Frame, main: Piece): Html {
  const { visit, title, reloadAfter } = frame;
  const { language } = visit;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} &middot; f2git</title>
        <link rel="icon" href="${asset('icon.svg', frame)}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset('page.css', frame)}" />
        <script src="${asset('page.js', frame)}" type="module"></script>
        ${reloadAfter !== undefined && html`<noscript><meta http-equiv="refresh" content="${reloadAfter}" /></noscript>`}
      </head>
      <body>
        <a class="skip" href="#main">${say(webSentences.skip, language)}</a>
        <header class="top">
          <p class="brand">${brandMark}<span>f2git</span></p>
          <div class="top-side">
            ${frame.person !== undefined && personAtTop(frame.person, language)} ${languageChoice(frame)}
          </div>
        </header>
        <main id="main">${main}</main>
        <footer class="foot"><p>${say(webSentences.promise, language)}</p></footer>
      </body>
    </html> `;
}

function personAtTop({ name, signOut }: ShownPerson, language: Language): Html {
  return html`<span class="person">${say(webSentences.actingAs, language, { name })}</span>${signOut}`;
}

/** The person of a visit, as pages show them. */
export function shownPerson(visit: PersonalVisit, site: Site): ShownPerson {
  const { name } = visit.person;
  if (site.identity.signOut === undefined) return { name };
  const form = html`<form class="sign-out" method="post" action="${visit.link('logout')}">
    ${hiddenFields(visit, site, {})}<button class="link">${say(webSentences.signOut, visit.language)}</button>
  </form>`;
  return { name, signOut: form };
}

function languageChoice(frame: Frame): Piece {
  const { self, visit } = frame;
  if (self === undefined) return undefined;
  const choices = languages.map((language) => {
    const current = language === visit.language;
    const address = visit.link(self.path, { ...self.params, lang: language });
    return html`<a
      href="${address}"
      lang="${language}"
      hreflang="${language}"
      ${current && html` aria-current="true"`}
      aria-label="${languageNames[language]}"
      >${language.toUpperCase()}</a
    >`;
  });
  return html`<nav class="languages" aria-label="${say(webSentences.languageNav, visit.language)}">${choices}</nav>`;
}

function asset(name: 'page.css' | 'page.js' | 'icon.svg', frame: Frame): string {
  return frame.visit.link(`assets/${name}`, { v: frame.assets[name].version, lang: undefined, user: undefined });
}
