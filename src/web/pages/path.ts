/** A path of a course on a page. */
import { html, type Html } from '../html.ts';

/** A long path may break after each folder, the name stands out. */
export function brokenPath(path: string): Html {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  return html`${parts.map((part) => html`<span class="folder">${part}/</span><wbr />`)}<span class="name"
      >${name}</span
    >`;
}
