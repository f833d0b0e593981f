/**
 * The file ILIAS 6 and later puts into a folder whose titles WebDAV cannot show: it names them, under headings in the
 * account's language.
 */

const NAME = '#!_WEBDAV_INFORMATION.txt';

/** A file of this name is ILIAS' own: titles with a `#` are never shown. */
export function isInformation(name: string): boolean {
  return name === NAME;
}

/** The titles named in the text: of items that are not shown, and of some that share theirs with another. */
export function titlesIn(text: string): readonly string[] {
  const blocks = text.split(/\r?\n(?:[ \t]*\r?\n)+/);
  const titles = blocks.flatMap((block) => block.split(/\r?\n/).slice(block.startsWith('# ') ? 1 : 0));
  return [...new Set(titles.filter((title) => title.trim() !== ''))];
}

/** Whether WebDAV shows no item of this title, in some release at least. */
export function isNeverShown(title: string): boolean {
  return /[\\<>/:*?"|#]|^[._~$]/.test(title);
}
