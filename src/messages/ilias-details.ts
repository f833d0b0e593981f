/** What exactly was wrong with a course of ILIAS, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const iliasDetails: readonly Sentence[] = [
  {
    de: 'es ist der Link einer einzelnen Datei: kopiere den des Kurses oder Ordners, in dem sie liegt',
    en: 'it is the link of a single file: copy that of the course or folder it is in',
  },
  {
    de: 'kopiere den Link eines Kurses, einer Gruppe oder eines Ordners; ILIAS zeigt ihn unten auf der Seite',
    en: 'copy the link of a course, a group or a folder, which ILIAS shows at the bottom of its page',
  },
  { de: 'muss die Zahl im Link des Kurses sein', en: 'must be the number in the link of the course' },
  {
    de: 'muss ein Wort aus Buchstaben, Ziffern, Punkt, - und _ sein',
    en: 'must be a word of letters, digits, dots, - and _',
  },
  {
    de: 'muss eine Liste von Endungen ohne Punkt sein, etwa [py, sh]',
    en: 'must be a list of suffixes without their dots, such as [py, sh]',
  },
  {
    de: 'WebDAV ist dort ausgeschaltet: die Administration von ILIAS kann es einschalten',
    en: 'WebDAV is switched off there: an administrator of ILIAS can switch it on',
  },
  {
    de: 'das Konto ist kein Mitglied, oder der Kurs ist offline oder noch nicht offen',
    en: 'the account is no member, or the course is offline or not open yet',
  },
  {
    de: 'nichts mit Dateien hat diese Nummer, oder ein Zeichen im Titel hält WebDAV davon ab',
    en: 'nothing with files has this number, or a character in its title keeps WebDAV from it',
  },
  { de: 'einen Mandanten dieses Namens gibt es dort nicht', en: 'it has no client of this name' },
  {
    de: 'die Seite sagt nicht, welcher Mandant gemeint ist: nenne ihn als „client“',
    en: 'the site does not say which client is meant: name it as "client"',
  },
  {
    de: 'es ist eine einzelne Datei: nimm den Link des Kurses oder Ordners, in dem sie liegt',
    en: 'it is a single file: use the link of the course or folder it is in',
  },
  {
    de: 'braucht den Link des Ordners selbst, nicht seine Adresse von WebDAV',
    en: 'needs the link of the folder itself, not its address of WebDAV',
  },
  {
    de: 'SOAP gibt es dort nicht: nimm „soap“ heraus, oder frage die Administration von ILIAS',
    en: 'SOAP is not there: take "soap" out, or ask the administrator of ILIAS',
  },
  {
    de: 'SOAP ist dort ausgeschaltet: die Administration von ILIAS kann es einschalten, oder nimm „soap“ heraus',
    en: 'SOAP is switched off there: an administrator of ILIAS can switch it on, or take "soap" out',
  },
  {
    de: 'seine Anmeldeseite hat kein Formular für Benutzername und Passwort',
    en: 'its sign-in page has no form for user and password',
  },
  {
    de: 'die Anmeldeseite von ILIAS nimmt Benutzername und Passwort nicht an',
    en: 'the sign-in page of ILIAS does not accept user and password',
  },
  { de: 'das Konto ist nicht aktiv', en: 'the account is not active' },
  {
    de: 'ILIAS hat das Konto nach zu vielen fehlgeschlagenen Anmeldungen gesperrt',
    en: 'ILIAS has locked the account after too many failed sign-ins',
  },
  {
    de: 'ILIAS nimmt Benutzername und Passwort nicht an; die einer zentralen Anmeldung sind nicht seine eigenen',
    en: 'ILIAS does not accept user and password; those of single sign-on are none of its own',
  },
  {
    de: 'das Konto hat den Nutzungsbedingungen nicht zugestimmt: melde es einmal im Browser an',
    en: 'the account has not accepted the terms of use: sign in with it once in the browser',
  },
  {
    de: 'das Konto darf den Kurs bearbeiten und sieht, was nicht freigegeben ist: nimm eines, das einfaches Mitglied ist',
    en: 'the account may edit the course and sees what is not released: use one that is a plain member of it',
  },
  { de: 'ILIAS will Benutzername und Passwort', en: 'ILIAS wants user and password' },
  { de: 'ILIAS beendet jede Sitzung sofort', en: 'ILIAS ends every session at once' },
  { de: 'ILIAS scheitert an diesem Aufruf von SOAP', en: 'ILIAS fails on this call of SOAP' },
  { de: 'es kam keine Sitzung zurück', en: 'no session came back' },
  { de: 'das Konto darf es nicht lesen', en: 'the account may not read it' },
  { de: 'ILIAS nennt es, und nicht, was es ist', en: 'ILIAS names it, and not what it is' },
  { de: 'die Antwort ist kein SOAP', en: 'the answer is no SOAP envelope' },
  { de: 'die Antwort ist keine Liste von Objekten', en: 'the answer is no list of objects' },
  {
    de: 'ILIAS sagt, dass es nicht alles zeigt, und nicht was',
    en: 'ILIAS says that it shows not all there is, and not what',
  },
  { de: 'ein Zeichen im Titel hält es von WebDAV fern', en: 'a character in its title keeps it from WebDAV' },
  {
    de: 'etwas anderes in diesem Ordner hat denselben Titel, und nur eines davon lässt sich lesen',
    en: 'another item of this folder has the same title, and only one of them can be read',
  },
];
