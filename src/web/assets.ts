/** The few files that pages refer to, held in memory. Their address carries a hash, so browsers keep them for ever. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const types = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type AssetName = keyof typeof types;

interface Asset {
  readonly bytes: Buffer;
  readonly type: string;
  /** Changes with the content. */
  readonly version: string;
}

export type Assets = Readonly<Record<AssetName, Asset>>;

/** Reads all of them from the folder the build puts beside the program. */
export async function loadAssets(folder: string): Promise<Assets> {
  const load = (name: AssetName): Promise<Buffer> => readFile(join(folder, name));
  const [css, js, icon] = await Promise.all([load('page.css'), load('page.js'), load('icon.svg')]);
  return assetsOf({ 'page.css': css, 'page.js': js, 'icon.svg': icon });
}

export function assetsOf(files: Readonly<Record<AssetName, Buffer>>): Assets {
  const asset = (name: AssetName): Asset => {
    const bytes = files[name];
    return { bytes, type: types[name], version: createHash('sha256').update(bytes).digest('hex').slice(0, 16) };
  };
  return { 'page.css': asset('page.css'), 'page.js': asset('page.js'), 'icon.svg': asset('icon.svg') };
}

export function isAssetName(name: string): name is AssetName {
  return Object.hasOwn(types, name);
}
