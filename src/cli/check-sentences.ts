/** What `f2git check` says of a configuration, in both languages. */
import type { Sentence } from '../messages/language.ts';

export const checkSentences = {
  groupsEmpty: {
    de: 'release: In {groups} ist niemand; was nur „for“ dafür frei wird, bekommt also niemand. Trag die Mitglieder unter „groups“ ein. Gruppen, die dort nicht stehen, sind die des Hubs („auth: jupyterhub“).',
    en: 'release: nobody is in {groups}, so what is released only "for" them reaches nobody. List the members below "groups". Groups that are not listed there are the hub’s ("auth: jupyterhub").',
  },
  rolesUnasked: {
    de: '„students“ und „staff“ werden nicht gefragt: Mit „auth: none“ darf jede Person alles, auch die Seiten für Lehrende sehen.',
    en: '"students" and "staff" are not asked: with "auth: none" everybody may do everything, see the pages for staff too.',
  },
  openUnknown: {
    de: 'open: „{path}“ gibt es im Kurs nicht; ein Link, der keine Datei nennt, öffnet nichts.',
    en: 'open: the course has no "{path}"; a link that names no file opens nothing.',
  },
  ownSchedule: {
    de: '{file} im Ordner des Kurses: Freigabeplan verstanden; Einträge: {count}',
    en: '{file} in the course’s folder: release schedule understood; entries: {count}',
  },
  embedded: { de: 'eingebaute Konfiguration', en: 'embedded configuration' },
  courses: { de: 'alles verstanden; Kurse: {count}', en: 'all understood; courses: {count}' },
  fine: { de: 'in Ordnung', en: 'fine' },
  notWritable: {
    de: 'In „{folder}“ darf f2git nicht schreiben. Gib dem Benutzer, unter dem es läuft, das Recht dazu.',
    en: 'f2git may not write in "{folder}". Give the user it runs as the right to.',
  },
  homesMissing: {
    de: 'Einen Ordner „{folder}“, in dem nach „homes“ die Homes liegen, gibt es auf diesem Rechner nicht.',
    en: 'There is no folder "{folder}" on this machine, in which homes are, as "homes" says.',
  },
  readable: {
    de: 'Andere können „{folder}“ lesen, auch noch nicht Freigegebenes: chmod 700 "{folder}"',
    en: 'Others can read "{folder}", also what is not released yet: chmod 700 "{folder}"',
  },
  listed: {
    de: '{type}: Dateien gesehen {count}, Anfragen {requests}',
    en: '{type}: files seen {count}, requests {requests}',
  },
  listedNothing: {
    de: '{type}: keine Datei gesehen, Anfragen {requests}. Liegt im Kurs schon etwas, dann ist es die Adresse eines anderen Ordners, oder das Konto darf nicht hineinsehen.',
    en: '{type}: no file seen, requests {requests}. If there is something in the course already, this is the address of another folder, or the account may not look into it.',
  },
  sampleRead: { de: 'zur Probe gelesen: „{path}“', en: 'read for a test: "{path}"' },
  sampleUnread: {
    de: 'Der Kurs lässt sich auflisten, seine Dateien aber nicht lesen, so „{path}“. {reason}',
    en: 'The course can be listed, but its files cannot be read, such as "{path}". {reason}',
  },
  listedNotWhole: {
    de: '{type}: {count} Dateien gesehen, aber die Auflistung ist nicht vollständig: Was darin fehlt, ist nicht zu erkennen, und deshalb wird nirgends etwas entfernt. Bleibt es beim nächsten Mal so, sag es denen, die die Plattform betreuen.',
    en: '{type}: {count} files seen, but the listing is not whole: what is missing cannot be told, and nothing is removed anywhere because of that. If it is the same next time, tell those who run the platform.',
  },
  listedWithProblems: {
    de: '{type}: {count} Dateien gesehen; {problems} Stellen sind nicht lesbar. „f2git sync“ nennt sie.',
    en: '{type}: {count} files seen; {problems} places cannot be read. "f2git sync" names them.',
  },
} as const satisfies Record<string, Sentence>;
