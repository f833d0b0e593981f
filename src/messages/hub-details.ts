/** What exactly was wrong between f2git, a JupyterHub and the accounts of its machine. */
import type { Sentence } from './language.ts';

export const hubDetails: readonly Sentence[] = [
  // accounts and homes
  { de: 'so heißt kein Konto', en: 'accounts have no such names' },
  { de: 'der Rechner kennt es unter einem anderen Namen', en: 'the machine knows it by another name' },
  { de: 'es hat keine uid', en: 'it has no uid' },
  { de: 'es ist ein Konto des Rechners selbst', en: 'it is an account of the machine itself' },
  { de: 'das Home ist kein Ordner', en: 'the home is no folder' },
  { de: 'das Home gehört jemand anderem', en: 'the home belongs to somebody else' },
  { de: 'sein Konto gehört schon jemand anderem', en: 'their account is somebody else’s already' },
];
