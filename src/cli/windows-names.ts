/**
 * What the files of a course are called on Windows, which takes fewer names than other systems: `a:b` would write into a
 * hidden part of `a`, `a.` would be `a`, `con.txt` a device (Microsoft, "Naming Files, Paths, and Namespaces"). Pure.
 */
import { comparePaths, foldPath, relPathOf, type RelPath } from '../core/paths.ts';
import type { Offer } from '../core/offer.ts';

/** The wide forms of the forbidden characters look the same and are allowed; rclone writes them too. */
const WIDE: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  ':': '：',
  '"': '＂',
  '|': '｜',
  '?': '？',
  '*': '＊',
  '.': '．',
  ' ': '␠',
};
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(?= *(\.|$))/i;

/** One name of a path; one that Windows takes stays as it is. */
export function windowsName(name: string): string {
  return name
    .replace(/[<>:"|?*]/g, (character) => WIDE[character] ?? character)
    .replace(/[. ]$/, (character) => WIDE[character] ?? character)
    .replace(DEVICE, '$1＿');
}

/** The path on this system. Two paths of a course can become one only where an odd name was made to; `windowsOffer` sees to it. */
export function windowsPath(path: RelPath): RelPath {
  return relPathOf(path.split('/').map(windowsName).join('/'));
}

/** The offer with the names it has on Windows: no two the same, and the same ones each time. */
export function windowsOffer(offer: Offer): Offer {
  const taken = new Set(offer.files.filter(({ path }) => windowsPath(path) === path).map(({ path }) => foldPath(path)));
  const files = offer.files.map((file) => {
    const path = windowsPath(file.path);
    return path === file.path ? file : { ...file, path: untaken(path, taken) };
  });
  const isSame = files.every((file, index) => file === offer.files[index]);
  const frozen = offer.frozen.map((one) => ({ ...one, path: windowsPath(one.path) }));
  return isSame
    ? { ...offer, frozen }
    : { ...offer, files: files.sort((a, b) => comparePaths(a.path, b.path)), frozen };
}

function untaken(path: RelPath, taken: Set<string>): RelPath {
  let free = path;
  for (let number = 2; taken.has(foldPath(free)); number++)
    free = relPathOf(path.replace(/(\.[^./]*)?$/, ` (${number})$1`));
  taken.add(foldPath(free));
  return free;
}
