/**
 * HTML from typed templates. Whatever is put into a template is escaped unless it is HTML already, so that a file name
 * or a course title can never become markup. There is no way to mark a string as safe: only `html` makes HTML.
 */
const markup = Symbol('markup');

/** A piece of HTML that `html` made. */
export interface Html {
  readonly [markup]: string;
}

/** What a template accepts: nothing for `undefined` and `false`, text is escaped, lists are joined. */
export type Piece = string | number | Html | undefined | false | readonly Piece[];

/** A template literal of HTML: html`<p title="${title}">${text}</p>`. Attribute values must stand in double quotes. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = literals[0] ?? '';
  pieces.forEach((piece, index) => {
    text += render(piece) + (literals[index + 1] ?? '');
  });
  return { [markup]: text };
}

/** The text of a piece of HTML, for sending. */
export function renderHtml(page: Html): string {
  return page[markup];
}

/** Escapes `text` for element content and double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function render(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (typeof piece === 'string') return escapeHtml(piece);
  if (typeof piece === 'number') return String(piece);
  return isList(piece) ? piece.map(render).join('') : piece[markup];
}

function isList(piece: Html | readonly Piece[]): piece is readonly Piece[] {
  return Array.isArray(piece);
}
