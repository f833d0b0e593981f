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
  // personal links
  {
    de: 'weder die Studierenden noch die Lehrenden des Kurses heißen so',
    en: 'neither the students nor the staff of the course have this name',
  },
  { de: '„--person“ geht nur mit „auth: links“', en: '"--person" needs "auth: links"' },
  { de: '„--days“ geht nur mit „--person“', en: '"--days" needs "--person"' },
  // signing in
  { de: 'der Hub nimmt das eigene Token von f2git nicht an', en: 'the hub does not accept f2git’s own token' },
  { de: 'der Hub nimmt seinen Code nicht an', en: 'the hub does not accept its code' },
  { de: 'der Hub kennt sein eigenes Token nicht', en: 'the hub does not know its own token' },
  {
    de: 'dieser Browser hat keine solche Anmeldung begonnen, oder vor zu langer Zeit',
    en: 'this browser began no such login, or too long ago',
  },
  { de: 'diese Anmeldung wurde schon benutzt', en: 'this login was used already' },
  { de: 'der Hub oder die Person hat abgelehnt', en: 'the hub or its user said no' },
  { de: 'am Hub ist jemand anderes angemeldet', en: 'somebody else is signed in at the hub' },
  {
    de: 'der Hub gibt dieser Person keinen Zugang zu f2git',
    en: 'the hub gives this person no access to f2git',
  },
  // the configuration
  {
    de: 'es gibt kein Konto „{name}“; leg es an mit: useradd --system {name}',
    en: 'there is no account "{name}"; make it with: useradd --system {name}',
  },
  { de: '„{name}“ hat die Rechte von root', en: '"{name}" has the rights of root' },
  {
    de: 'es muss ein anderes Konto als user sein, mit einer anderen Gruppe',
    en: 'must be another account than user, with another group',
  },
  {
    de: 'f2git hat kein Token des Hubs: lass den Hub es starten, oder gib ihm eines mit token_file',
    en: 'f2git has no token of the hub: let the hub start it, or give one by token_file',
  },
  {
    de: 'JUPYTERHUB_OAUTH_ACCESS_SCOPES ist keine Liste von Rechten',
    en: 'JUPYTERHUB_OAUTH_ACCESS_SCOPES is no list of scopes',
  },
  { de: 'muss eine http- oder https-Adresse sein', en: 'must be an http or https address' },
];
