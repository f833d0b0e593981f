/** What exactly was wrong with a course of Stud.IP, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const studipDetails: readonly Sentence[] = [
  {
    de: 'sie nennt keine Veranstaltung: Öffne deren Dateien im Browser und kopiere diese Adresse',
    en: 'it names no course: open the files of the course in the browser and copy that address',
  },
  { de: 'die Liste hat sich geändert, während sie gelesen wurde', en: 'the list changed while it was read' },
  { de: 'die Veranstaltung hat keinen obersten Ordner', en: 'the course has no root folder' },
  { de: 'Stud.IP scheitert am obersten Ordner', en: 'Stud.IP fails on the root folder' },
  { de: 'Stud.IP scheitert an zu vielen Ordnern', en: 'Stud.IP fails on too many folders' },
  { de: 'Stud.IP scheitert an dieser Anfrage', en: 'Stud.IP fails on this request' },
  { de: 'Stud.IP sagt nicht, an welchem Ordner es scheitert', en: 'Stud.IP does not say which folder it fails on' },
  {
    de: 'Stud.IP scheitert an diesem Ordner: Eine Datei darin gehört zu einem Plugin, das es nicht mehr gibt',
    en: 'Stud.IP fails on this folder: a file in it is of a plugin that is gone',
  },
  { de: 'Stud.IP nennt etwas ohne Namen', en: 'Stud.IP lists something without a name' },
  {
    de: 'Stud.IP nennt diese Datei und kann ihren Inhalt nicht geben',
    en: 'Stud.IP lists this file and cannot give its content',
  },
  { de: 'es ist inzwischen ein Link', en: 'it is a link by now' },
  {
    de: 'der Ordner steht nicht in der Liste seiner Veranstaltung',
    en: 'the folder is not in the list of its course',
  },
  { de: 'es gehört zu keiner Veranstaltung', en: 'it is part of no course' },
  {
    de: 'eine Kennung von Stud.IP sind 32 Ziffern und Buchstaben von a bis f',
    en: 'an id of Stud.IP is 32 digits and letters from a to f',
  },
  {
    de: 'das Konto ist nicht in der Veranstaltung, oder sie hat ihre Dateien abgeschaltet',
    en: 'the account is not in the course, or the course has its files switched off',
  },
  {
    de: 'das ist verborgen oder geschlossen, oder das Konto ist nicht in der Veranstaltung',
    en: 'it is hidden or closed, or the account is not in the course',
  },
];
