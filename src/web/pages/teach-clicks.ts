/** Of the page for staff: how many click, and nothing of who. */
import { say, type Language } from '../../messages/language.ts';
import { teachSentences as words } from '../../messages/teach.ts';
import { webSentences } from '../../messages/web.ts';
import type { Clicks } from '../click-book.ts';
import { html, type Html, type Piece } from '../html.ts';
import { icon } from './icons.ts';
import type { TeachPage } from './teach-parts.ts';
import { dayText } from './time.ts';

/** Shown at once; the rest behind a line that opens. */
const WEEKS_SHOWN = 4;

export function clicksCard({ visit: { language }, site, course }: TeachPage): Piece {
  if (site.clicks === undefined) return undefined;
  const weeks = site.clicks.weeks(course.id);
  const rows = weeks.map(({ begins, ...clicks }) =>
    row(say(words.clicksWeek, language, { day: dayText(begins, language) }), clicks),
  );
  const rest = rows.slice(WEEKS_SHOWN);
  return html`<div class="card clicks">
    <section>
      <h2>${icon('arrow')}<span>${say(words.clicks, language)}</span></h2>
      <p class="told">${say(weeks.length === 0 ? words.clicksNone : words.clicksTold, language)}</p>
      ${
        rows.length > 0 &&
        table(
          [row(say(words.clicksToday, language), site.clicks.today(course.id)), ...rows.slice(0, WEEKS_SHOWN)],
          language,
        )
      }
      ${
        rest.length > 0 &&
        html`<details class="rest">
          <summary>${say(webSentences.more, language, { count: rest.length })}</summary>
          ${table(rest, language)}
        </details>`
      }
    </section>
  </div>`;
}

function table(rows: readonly Html[], language: Language): Html {
  return html`<table class="figures">
    <thead>
      <tr>
        <td></td>
        <th scope="col">${say(words.clicks, language)}</th>
        <th scope="col">${say(words.clicksPeople, language)}</th>
        <th scope="col">${say(words.clicksFailed, language)}</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function row(name: string, { clicks, people, failed }: Clicks): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${clicks}</td>
    <td>${people}</td>
    <td>${failed}</td>
  </tr>`;
}
