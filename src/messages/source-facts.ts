/** What `check` says of a source beyond its files: facts an administrator can act on. */
import type { SourceFact, SourceFactCode } from '../core/source-facts.ts';
import type { Language, Sentence } from './language.ts';
import { sayOptional } from './optional.ts';

/** By code; a part in `[…]` is said when its parameters are there. */
export const sourceFactSentences: Readonly<Record<SourceFactCode, Sentence>> = {
  platform: { de: '{system}[ {version}] antwortet', en: '{system}[ {version}] answers' },
  account: { de: 'angemeldet als „{user}“', en: 'signed in as "{user}"' },
  'account-administrator': {
    de: 'Das Konto verwaltet die ganze Plattform. Nimm eines, das in diesem Kurs Student ist: mehr braucht das Lesen nicht.',
    en: 'The account administers the whole platform. Use one that is a student of this course: reading takes no more.',
  },
  'account-staff': {
    de: 'Das Konto sieht, was Studierende nicht sehen; ausgeliefert wird nur, was alle sehen. Sicherer ist ein Konto, das in diesem Kurs Student ist: was eine Bedingung hat, die das Konto selbst erfüllt, erkennt f2git nicht immer.',
    en: 'The account sees what students do not; only what all of them see is delivered. An account that is a student of this course is safer: f2git cannot always recognise a condition that the account itself fulfils.',
  },
  'account-unverified': {
    de: 'Über WebDAV sagt die Plattform nicht, ob das Konto mehr sieht als Studierende. Nimm eines, das in diesem Kurs einfaches Mitglied ist (Konten von Lehrenden zeigen auch, was noch nicht freigegeben ist), oder schalte soap ein: dann wird es geprüft.',
    en: 'Over WebDAV the platform does not tell whether the account sees more than students do. Use one that is a plain member of this course (one of staff shows what is not released yet, too), or switch soap on: then it is checked.',
  },
  'files-renamed': {
    de: 'Die Plattform hat {count} Dateien die Endung genommen (…py.sec). Erlaube dort diese Endungen, schalte soap ein, oder nenne sie unter suffixes.',
    en: 'The platform took the suffix off {count} files (…py.sec). Allow these suffixes there, switch soap on, or name them under suffixes.',
  },
  'account-powerful': {
    de: 'Die Zugangsdaten öffnen viel mehr als das Lesen eines Kurses ({count} Funktionen). Ein eigener Webservice nur für f2git ist sicherer.',
    en: 'The credentials open far more than the reading of a course ({count} functions). A web service for f2git alone is safer.',
  },
  'function-missing': {
    de: 'Dem Webservice fehlt die Funktion {function}. Der Kurs lässt sich auch so lesen; welches Konto das ist und was es darf, sagt die Plattform dann nicht. Nimm sie in den Webservice auf.',
    en: 'The web service lacks the function {function}. The course can be read all the same; who the account is and what it may do, the platform does not tell then. Add it to the web service.',
  },
  'downloads-forbidden': {
    de: 'Mit diesen Zugangsdaten lässt sich der Kurs auflisten, aber keine Datei herunterladen. Erlaube dem Webservice das Herunterladen von Dateien.',
    en: 'These credentials may list the course and download no file. Permit the web service to download files.',
  },
  'items-withheld': {
    de: 'Studierenden jetzt nicht gezeigt und deshalb nicht ausgeliefert: {count}',
    en: 'not shown to students now, and therefore not delivered: {count}',
  },
  'items-not-delivered': {
    de: 'Seiten der Plattform und keine Dateien, deshalb nicht ausgeliefert: {kinds}',
    en: 'pages of the platform and no files, and therefore not delivered: {kinds}',
  },
  'course-unpublished': {
    de: 'Der Kurs ist auf der Plattform nicht veröffentlicht. Studierende sehen dort nichts und bekommen deshalb auch hier nichts. Veröffentliche ihn, wenn es losgehen soll.',
    en: 'The course is not published on the platform. Students see nothing there, and therefore get nothing here. Publish it when it is to begin.',
  },
  'files-from-modules': {
    de: 'Die Seite „Dateien“ ist für Studierende ausgeschaltet; ausgeliefert werden die Dateien der Module',
    en: 'the Files page is switched off for students; the files of the modules are delivered',
  },
  'folders-personal': {
    de: 'Ordner für Abgaben Einzelner oder für eine Gruppe, deshalb nicht gelesen: {count}',
    en: 'folders for what single students hand in, or for one group, and therefore not read: {count}',
  },
  'terms-of-use': {
    de: 'Die Dateien stehen unter diesen Bedingungen, die auch für die Kopien bei Studierenden gelten: {terms}',
    en: 'The files are under these terms, which hold for the students’ copies as well: {terms}',
  },
  'changes-by-digest': {
    de: 'Änderungen zeigen sich an der Prüfsumme der Dateien ({digest})',
    en: 'changes show in the digests of the files ({digest})',
  },
  'changes-by-tag': {
    de: 'Änderungen zeigen sich an den Kennungen der Fassungen (ETag)',
    en: 'changes show in the entity tags of the files',
  },
  'archive-unmarked': {
    de: 'Der Server nennt von dem Archiv weder Kennung (ETag) noch Datum: Es wird bei jedem Abgleich ganz heruntergeladen. Für große Archive ist ein Server besser, der eines davon nennt.',
    en: 'The server tells neither entity tag nor date of the archive: it is downloaded whole with every refresh. For large archives a server that tells one of them is better.',
  },
  commit: { de: 'gelesen ist Commit {commit}[ von „{name}“]', en: 'what is read is commit {commit}[ of "{name}"]' },
  'changes-by-date': {
    de: 'Änderungen zeigen sich an Datum und Größe der Dateien: eine Prüfsumme nennt dieser Speicher nicht, oder nur langsam',
    en: 'changes show in date and size of the files: this storage lists no digest, or only slowly',
  },
  'loopback-unguarded': {
    de: 'Dieses rclone lässt sich nicht davon abhalten, Adressen dieser Maschine selbst aufzurufen, wenn ein Server es dorthin weiterleitet. Ab Version {version} geht es.',
    en: 'This rclone cannot be kept from asking addresses of this very machine when a server redirects it there. From version {version} on it can.',
  },
  'folder-content': {
    de: 'Dateien {count}, zusammen {size}[, zuletzt geändert {newest}]',
    en: 'files {count}, {size} together[, last changed {newest}]',
  },
  'files-unreadable': {
    de: 'f2git darf {count} Dateien oder Ordner nicht lesen (etwa „{example}“); Studierende bekommen davon nichts Neues. Gib dem Benutzer, unter dem es läuft, das Recht dazu.',
    en: 'f2git may not read {count} files or folders (such as "{example}"); students get nothing new of them. Give the user it runs as the right to.',
  },
  'links-skipped': {
    de: 'Verknüpfungen und besondere Dateien liefert f2git nicht aus: {count} (etwa „{example}“). Leg statt einer Verknüpfung die Datei selbst in den Ordner.',
    en: 'f2git delivers no symbolic links and no special files: {count} (such as "{example}"). Put the file itself into the folder instead of a link.',
  },
  'files-undated': {
    de: 'Von {count} Dateien nennt der Speicher weder Prüfsumme noch Datum. Sie werden bei jedem Abgleich neu gelesen; bei großen Kursen ist ein anderer Speicher besser.',
    en: 'Of {count} files the storage tells neither digest nor date. They are read again with every refresh; for large courses another storage is better.',
  },
};

/** Puts a fact into words. */
export function describeFact({ code, params = {} }: SourceFact, language: Language): string {
  const { kinds, bytes, newest } = params;
  const named = typeof kinds === 'string' && language === 'de' ? { kinds: inGerman(kinds) } : {};
  const size = typeof bytes === 'number' ? { size: sizeText(bytes, language) } : {};
  const date = typeof newest === 'string' ? { newest: newest.replace(/^(.{10})T(.{5}).*Z$/, '$1 $2 UTC') } : {};
  return sayOptional(sourceFactSentences[code], language, { ...params, ...named, ...size, ...date });
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** With one digit behind the point, in the largest unit of which there is one. */
function sizeText(bytes: number, language: Language): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = UNITS[step] ?? 'byte';
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(
    bytes / 1000 ** step,
  );
}

/** `forum (2), quiz (1)` with German words; what is in no list keeps the platform's own. */
function inGerman(kinds: string): string {
  return kinds
    .split(', ')
    .map((kind) => kind.replace(/^[^(]*[^( ]/, (name) => germanKinds.get(name) ?? name))
    .join(', ');
}

/** What Moodle and ILIAS call their pages. */
const germanKinds: ReadonlyMap<string, string> = new Map([
  ['assign', 'Aufgabe'],
  ['chat', 'Chat'],
  ['choice', 'Abstimmung'],
  ['exercise', 'Übung'],
  ['feedback', 'Feedback'],
  ['forum', 'Forum'],
  ['glossary', 'Glossar'],
  ['HTML module', 'HTML-Lernmodul'],
  ['item group', 'Objekteblock'],
  ['label', 'Textfeld'],
  ['learning module', 'Lernmodul'],
  ['lesson', 'Lektion'],
  ['mediacast', 'Mediacast'],
  ['quiz', 'Test'],
  ['SCORM module', 'SCORM-Lernmodul'],
  ['session', 'Sitzung'],
  ['survey', 'Umfrage'],
  ['test', 'Test'],
  ['weblink', 'Weblink'],
  ['wiki', 'Wiki'],
  ['workshop', 'Gegenseitige Beurteilung'],
]);
