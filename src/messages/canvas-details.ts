/** The phrases in which an error says what a Canvas installation answered, for `describeDetail`. */
import type { Sentence } from './language.ts';

export const canvasDetails: readonly Sentence[] = [
  // the configuration
  {
    de: 'fehlt; es ist die Zahl hinter /courses/ in der Adresse',
    en: 'missing; it is the number after /courses/ in the address',
  },
  {
    de: 'muss die Zahl hinter /courses/ in der Adresse sein',
    en: 'must be the number after /courses/ in the address',
  },
  { de: 'ein anderer Kurs als der in „url“', en: 'another course than the one of "url"' },
  {
    de: 'muss einen Ordner des Kurses nennen, wie Woche 1/Übungen',
    en: 'must name a folder of the course, as in Week 1/Labs',
  },
  { de: 'muss student-view oder each-student sein', en: 'must be student-view or each-student' },
  // what students may see
  {
    de: 'das Konto sieht verborgene Dateien, aber nicht die unveröffentlichten Module, die andere sperren; nimm das eines Studenten oder einer Lehrperson',
    en: 'the account sees hidden files, and not the unpublished modules that lock others; use one of a student or of a teacher',
  },
  {
    de: 'die Seiten seines Menüs lassen sich nicht lesen, und die entscheiden, was Studierende sehen dürfen',
    en: 'the pages of its menu cannot be read, and they decide what students may see',
  },
  {
    de: 'das Konto ist nicht im Kurs, oder der Kurs ist nicht veröffentlicht oder beendet',
    en: 'the account is not in the course, or the course is not published or has ended',
  },
  {
    de: 'weder die Seite „Dateien“ noch die Module sagen, was Studierende sehen dürfen',
    en: 'neither its Files page nor its modules say what students may see',
  },
  {
    de: 'die Module sagen nicht, ob sie veröffentlicht sind, und das entscheidet, was Studierende sehen dürfen',
    en: 'its modules do not say whether they are published, and that decides what students may see',
  },
  // parts of a course
  {
    de: 'die Seite „Dateien“ des Kurses ist ausgeschaltet; nimm die Adresse des Kurses selbst',
    en: 'the Files page of the course is switched off; give the address of the course itself',
  },
  {
    de: 'die Datei wurde gelöscht, oder eine neue Fassung mit anderer Nummer hat sie ersetzt; nimm die Adresse ihres Ordners',
    en: 'the file was deleted, or replaced by a version with another number; copy the address of its folder',
  },
  // answers
  {
    de: 'sie führt zu einer anderen Adresse, und dorthin geht das Token nicht mit; nimm jene Adresse',
    en: 'it leads to another address, and the token does not go along; use that address',
  },
  { de: 'ihre Dateien lassen sich mit diesem Token nicht lesen', en: 'its files cannot be read with this token' },
  { de: 'ihre Seiten führen im Kreis', en: 'its pages lead in a circle' },
  { de: 'sie nennt eine Adresse auf einem anderen Server', en: 'it names an address on another server' },
  { de: 'sie nennt eine Adresse, die keine ist', en: 'it names an address that is none' },
  { de: 'ihre Adresse ist keine', en: 'its address is none' },
  { de: 'was Canvas darüber sagt, ist unverständlich', en: 'what Canvas says of it cannot be understood' },
];
