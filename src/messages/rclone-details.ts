/** The phrases of the rclone source, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const rcloneDetails: readonly Sentence[] = [
  {
    de: 'rclone:NAME:Ordner, wobei NAME ein Speicher aus der Konfiguration von rclone ist',
    en: 'rclone:NAME:folder, where NAME is a remote of the configuration of rclone',
  },
  {
    de: 'muss der Name eines Speichers aus der Konfiguration von rclone sein, sonst nichts',
    en: 'must be the name of a remote in the configuration of rclone, nothing else',
  },
  { de: 'muss ein absoluter Pfad sein', en: 'must be an absolute path' },
  { de: 'darf weder „.“ noch „..“ enthalten', en: 'must not hold "." or ".."' },
  { de: 'enthält Steuerzeichen', en: 'holds control characters' },
  {
    de: 'rclone meldet sich selbst an; angegeben werden kann nur das Passwort seiner Konfiguration',
    en: 'a remote signs in by itself; only the password of its configuration can be given',
  },
  {
    de: 'in der Konfiguration von rclone gibt es keinen Speicher dieses Namens',
    en: 'the configuration of rclone has no remote of this name',
  },
  {
    de: 'das Passwort seiner Konfiguration fehlt oder ist falsch',
    en: 'the password of its configuration is missing or wrong',
  },
  { de: 'die Konfiguration von rclone ist nicht brauchbar', en: 'the configuration of rclone cannot be used' },
  {
    de: 'der Server hat die Anmeldung dieses Speichers abgelehnt',
    en: 'the server refused the sign-in of this remote',
  },
  {
    de: 'der Server hat rclone etwas anderes als eine Liste geantwortet',
    en: 'the server answered rclone with something else than a listing',
  },
  {
    de: 'rclone beschreibt den Speicher auf eine Weise, die sich nicht verstehen lässt',
    en: 'rclone described the remote in a way that is not understood',
  },
  {
    de: 'dieses rclone ist zu alt: gebraucht wird 1.60 oder neuer',
    en: 'this rclone is too old: 1.60 or later is needed',
  },
  {
    de: 'der Server eines solchen Speichers führt rclone zu weiteren Adressen, die niemand prüfen kann',
    en: 'the server of such a remote leads rclone to further addresses, which nobody can judge',
  },
  { de: 'rclone hat zu lange gebraucht', en: 'rclone took too long' },
  { de: 'eine Antwort ohne Ende', en: 'an answer without end' },
  { de: 'ein Eintrag der Liste hört nicht auf', en: 'an item of the list does not end' },
  { de: 'zwei Dateien haben denselben Namen', en: 'two files share this name' },
  {
    de: 'während des Lesens kam eine andere Fassung',
    en: 'another version came while it was read',
  },
  { de: 'es ist keine Datei mehr', en: 'it is no file any more' },
];
