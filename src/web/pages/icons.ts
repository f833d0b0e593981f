/** Small drawings, inline so that they take the colour of their text. Decoration only: the text beside says it all. */
import { html, type Html } from '../html.ts';

const strokes = {
  check: html`<path d="M4.5 10.5l3.5 3.5 7.5-8" />`,
  plus: html`<path d="M10 4.5v11M4.5 10h11" />`,
  refresh: html`<path
    d="M15.5 8A6 6 0 0 0 5 6.3L3.8 7.6M4.5 12A6 6 0 0 0 15 13.7l1.2-1.3M3.8 4v3.6h3.6M16.2 16v-3.6h-3.6"
  />`,
  merge: html`<path d="M5.5 4v2.5c0 4 4.5 3 4.5 7V16M14.5 4v2.5c0 4-4.5 3-4.5 7M7.5 13.5L10 16l2.5-2.5" />`,
  shield: html`<path d="M10 3l5.5 2v4.5c0 3.6-2.3 6-5.5 7.5-3.2-1.5-5.5-3.9-5.5-7.5V5zM7.5 9.8l1.9 1.9 3.3-3.6" />`,
  rename: html`<path d="M3.5 10h12M11.5 5.5L16 10l-4.5 4.5" />`,
  minus: html`<path d="M4.5 10h11" />`,
  pause: html`<path d="M7.5 5v10M12.5 5v10" />`,
  warning: html`<path d="M10 3.5l7 12.5H3zM10 8.5v3.2M10 13.7v.1" />`,
  file: html`<path d="M5.5 3h6l3.5 3.5V17h-9.5zM11.5 3v3.5H15" />`,
  folder: html`<path d="M3 5.5h4.5L9 7.2h8v8.3H3z" />`,
  arrow: html`<path d="M4 10h12M11 5l5 5-5 5" />`,
  undo: html`<path d="M7.5 4.5L4 8l3.5 3.5M4 8h7.5a4 4 0 0 1 0 8H8" />`,
} as const;

export type IconName = keyof typeof strokes;

export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
    ${strokes[name]}
  </svg>`;
}

/** Two sheets, one slipping gently under the other: the course's and yours. */
export const brandMark = html`<svg
  class="mark"
  viewBox="0 0 24 24"
  width="24"
  height="24"
  aria-hidden="true"
  focusable="false"
>
  <rect class="mark-back" x="7.5" y="2.5" width="12.5" height="15" rx="3" />
  <rect class="mark-front" x="3.5" y="6.5" width="12.5" height="15" rx="3" />
  <path class="mark-line" d="M7 14.3l2.3 2.3 4-4.4" />
</svg>`;
