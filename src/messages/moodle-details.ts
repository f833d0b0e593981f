/** The phrases in which an error says what a Moodle site answered, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const moodleDetails: readonly Sentence[] = [
  {
    de: 'muss die Zahl hinter id= in der Adresse des Kurses sein',
    en: 'must be the number after id= in the address of the course',
  },
  { de: 'muss ein Wort aus Buchstaben, Ziffern und _ sein', en: 'must be a word of letters, digits and _' },
  {
    de: 'das ist eine Webadresse und kein Token; in Adressen von Dateien steht ein anderer Schlüssel',
    en: 'it is a web address, not a token; links of files hold another key',
  },
  {
    de: 'ein Token von Moodle hat 32 Zeichen aus Ziffern und den Buchstaben a bis f',
    en: 'a token of Moodle has 32 digits and letters a to f',
  },
  { de: 'die Seite ist verschlüsselt: nimm ihre https-Adresse', en: 'the site is encrypted: use its https address' },
  { de: 'in dem Link der App steht kein Token', en: 'the link of the app holds no token' },
  { de: 'Moodle verlangt ein Token', en: 'Moodle wants a token' },
  { de: 'es hat kein Token gesehen', en: 'it saw no token' },
  {
    de: 'das Token ist abgelaufen oder darf von hier nicht benutzt werden',
    en: 'the token has expired or may not be used from here',
  },
  { de: 'das Konto ist gesperrt oder geschlossen', en: 'the account is suspended or closed' },
  { de: 'das Konto muss dort erst sein Passwort ändern', en: 'the account must change its password there first' },
  {
    de: 'das Konto muss dort erst sein Profil vervollständigen',
    en: 'the account must complete its profile there first',
  },
  {
    de: 'das Konto muss dort erst den Nutzungsbedingungen zustimmen',
    en: 'the account must agree to the terms of use there first',
  },
  { de: 'das Konto nimmt am Kurs nicht teil', en: 'the account does not take part in the course' },
  {
    de: 'das Konto gehört Lehrenden, und denen sagt Moodle nicht, welche Abschnitte beschränkt sind: nimm eines, das im Kurs Student ist; wo kein Abschnitt beschränkt ist und keiner es wird, sagt das „restricted_sections: none“',
    en: 'the account is staff, and Moodle does not tell staff which sections are restricted: use one that is a student of the course; where no section is restricted, and none will be, "restricted_sections: none" says so',
  },
  {
    de: 'muss none sein, wenn kein Abschnitt des Kurses beschränkt ist',
    en: 'must be none, where no section of the course is restricted',
  },
  { de: 'das Konto darf es nicht sehen', en: 'the account may not see it' },
  { de: 'das Konto darf den Kurs nicht auflisten', en: 'the account may not list the course' },
  {
    de: 'das Konto darf für diesen Webservice kein Token erstellen',
    en: 'the account may not make a token for this web service',
  },
  {
    de: 'den Webservice gibt es nicht, oder er ist abgeschaltet',
    en: 'the web service does not exist or is switched off',
  },
  { de: 'die Webservices sind abgeschaltet', en: 'web services are switched off' },
  { de: 'dem Webservice fehlt die Funktion {name}', en: 'the web service lacks the function {name}' },
  { de: 'der Webservice darf keine Dateien herunterladen', en: 'the web service may not download files' },
  {
    de: 'einen Kurs oder eine Aktivität mit dieser Nummer gibt es nicht',
    en: 'there is no course or activity with this number',
  },
  { de: 'es ist nicht mehr da', en: 'it is not there any more' },
  { de: 'die Seite wird gerade gewartet', en: 'the site is being maintained' },
  { de: 'die Seite ist überlastet', en: 'the site is busy' },
  { de: 'der Fehler {name}', en: 'the error {name}' },
  { de: 'ein Kurs ohne Abschnitte kam zurück', en: 'a course without sections came back' },
  { de: 'die Seite sagt nicht, wer angemeldet ist', en: 'the site does not say who signed in' },
  { de: 'die Seite sagt nicht, wo die Aktivität ist', en: 'the site does not say where the activity is' },
  { de: 'die Seite gab kein Token heraus', en: 'the site gave no token' },
  { de: 'es kam keine Antwort', en: 'no answer came back' },
  { de: 'dort ist kein Moodle', en: 'there is no Moodle there' },
  { de: 'der Webserver davor verlangt eine Anmeldung', en: 'the web server in front of it wants a sign-in' },
  { de: 'der Webserver davor lehnt ab', en: 'the web server in front of it refuses' },
  {
    de: 'die Datei kam ohne ihre SHA-1-Summe, also ohne Beweis, dass sie es ist',
    en: 'the file came without its SHA-1, so nothing proves it',
  },
  {
    de: 'die Plattform beschreibt es auf eine unbekannte Art',
    en: 'the platform describes it in an unknown way',
  },
  { de: 'seine Adresse führt aus dem Kurs hinaus', en: 'its address leads out of the course' },
  {
    de: 'es liegt in einem anderen System, und Moodle verweist nur darauf',
    en: 'it lies in another system, and Moodle only refers to it',
  },
  { de: 'ein Verweis auf etwas, das keine Webadresse ist', en: 'a link to something that is no web address' },
];
