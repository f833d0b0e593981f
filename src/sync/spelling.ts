/**
 * File systems on which two spellings are one name (macOS, Windows, some shares): what the course spells otherwise than
 * the home has it is still the same file. It keeps the spelling it has here, because nothing could be put at the other one.
 */
import { ancestorsOf, foldPath, STATE_FOLDER, type RelPath } from '../core/paths.ts';
import type { Offer } from '../core/offer.ts';
import type { Home } from './home.ts';
import type { WorkspaceState } from './tree.ts';

/** Whether a name of this workspace is found in another case. False where nothing in it could tell, and nothing clash. */
export function foldsNames(home: Home): boolean {
  if (home.stat(STATE_FOLDER) !== undefined) return isFoundInOtherCase(home, STATE_FOLDER);
  const telling = home.list('').find((name) => inOtherCase(name) !== name);
  return telling !== undefined && isFoundInOtherCase(home, telling);
}

function isFoundInOtherCase(home: Home, name: string): boolean {
  const other = home.stat(inOtherCase(name));
  return other !== undefined && other.inode === home.stat(name)?.inode;
}

function inOtherCase(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

/** What a click asks for, in paths of the course. */
interface Asked {
  readonly offer: Offer;
  readonly open?: RelPath;
  readonly scope?: RelPath;
}

/** The same with every path, and every folder in it, as this workspace remembers it, where only the spelling differs. */
export function asSpelledHere<Request extends Asked>(request: Request, state: WorkspaceState | undefined): Request {
  if (state === undefined) return request;
  const spell = spelledBy(state);
  const { offer, open, scope } = request;
  return {
    ...request,
    offer: {
      ...offer,
      files: offer.files.map((file) => ({ ...file, path: spell(file.path) })),
      frozen: offer.frozen.map((frozen) => ({ ...frozen, path: spell(frozen.path) })),
    },
    ...(open !== undefined && { open: spell(open) }),
    ...(scope !== undefined && { scope: spell(scope) }),
  };
}

function spelledBy({ base, folders }: WorkspaceState): (path: RelPath) => RelPath {
  const known = new Map<string, RelPath>();
  const learn = (path: RelPath): unknown => known.set(foldPath(path), path);
  for (const folder of folders) learn(folder);
  for (const { coursePath, placement } of base.values()) {
    for (const path of [coursePath, placement]) for (const each of [...ancestorsOf(path), path]) learn(each);
  }
  return (path) => {
    const whole = known.get(foldPath(path));
    if (whole !== undefined) return whole;
    const folder = ancestorsOf(path).findLast((each) => known.has(foldPath(each)));
    const spelled = folder && known.get(foldPath(folder));
    return folder === undefined || spelled === undefined ? path : ((spelled + path.slice(folder.length)) as RelPath);
  };
}
