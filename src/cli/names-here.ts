/** A course under the names this computer can hold. */
import type { Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import { windowsOffer, windowsPath } from './windows-names.ts';

const isWindows = process.platform === 'win32';

export function asNamedHere(offer: Offer): Offer {
  return isWindows ? windowsOffer(offer) : offer;
}

export function pathHere(path: RelPath): RelPath {
  return isWindows ? windowsPath(path) : path;
}
