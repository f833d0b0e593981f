/** Names and paths of files, which need not be text. */

/** Gives a name as text: bytes that are no UTF-8 are spelled `%E4`, as an address would. Text stays text. */
export function readName(name: Buffer): { readonly name: Buffer | string; readonly segment: string } {
  const text = name.toString();
  if (Buffer.from(text).equals(name)) return { name: text, segment: text };
  return { name, segment: spell(name) };
}

function spell(name: Buffer): string {
  // Latin-1 gives one character for each byte; those beyond ASCII are spelled out.
  return name.toString('latin1').replace(/[\u0080-\u00ff]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

/** Joins what came from `below` to the root, as text where it is text. */
export function join(root: string, path: Buffer | string): Buffer | string {
  if (typeof path === 'string') return path === '' ? root : `${root}/${path}`;
  return Buffer.concat([Buffer.from(`${root}/`), path]);
}

/** The path of `name` in the folder at `folder`, which is empty for the root. */
export function below(folder: Buffer | string, name: Buffer | string): Buffer | string {
  if (typeof folder === 'string' && typeof name === 'string') return folder === '' ? name : `${folder}/${name}`;
  return Buffer.concat(
    folder.length === 0 ? [Buffer.from(name)] : [Buffer.from(folder), Buffer.from('/'), Buffer.from(name)],
  );
}
