/** The phrases in which an error says what a WebDAV server answered, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const webdavDetails: readonly Sentence[] = [
  { de: 'eine Webseite statt eines WebDAV-Ordners', en: 'a web page came back instead of a WebDAV listing' },
  { de: 'dort liegt nichts', en: 'nothing is there' },
  { de: 'der Link verlangt ein Passwort', en: 'the link wants a password' },
  { de: 'das Passwort des Links ist falsch', en: 'the password of the link is wrong' },
  { de: 'dort liegt nichts, oder es spricht kein WebDAV', en: 'nothing is there, or it speaks no WebDAV' },
  { de: 'die Adresse spricht kein WebDAV', en: 'the address does not speak WebDAV' },
  { de: 'der Name ist zu lang für eine Adresse', en: 'its name is too long for an address' },
  { de: 'keine Auflistung über WebDAV', en: 'no WebDAV listing came back' },
  { de: 'die Antwort ist ein <{name}>, kein multistatus', en: 'the answer is a <{name}>, not a multistatus' },
  { de: 'die Auflistung enthält eine Dokumenttypdeklaration', en: 'the answer has a document type declaration' },
  { de: 'ihre Elemente liegen zu tief ineinander', en: 'its elements lie too deep in each other' },
  { de: 'mehr als auf einmal im Speicher Platz hat', en: 'more than is held in memory at once' },
  { de: 'die Auflistung ist kein richtiges XML', en: 'the answer is not well-formed XML' },
  { de: 'die Auflistung ist kein gültiges UTF-8', en: 'the answer is not valid UTF-8' },
  { de: 'ein Eintrag nennt keine Adresse', en: 'a response has no href' },
  { de: 'die Antwort nennt den gefragten Ordner nicht', en: 'the answer does not name the folder that was asked for' },
  { de: 'der Ordner wurde verweigert', en: 'the folder was refused' },
  { de: 'der Ordner ist eine Datei geworden', en: 'the folder has become a file' },
  { de: 'der Server nennt etwas ohne brauchbare Adresse', en: 'the server lists an item without a usable address' },
  {
    de: 'der Server gibt weder ETag noch Größe noch Datum an',
    en: 'the server gives neither an entity tag nor a size nor a date',
  },
];
