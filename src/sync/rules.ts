/**
 * The merge table (DESIGN 6) as data. The planner decides by it, and docs/how-it-merges.md is written from it. `b` is
 * the ancestor: what was last delivered, or any version the course once published that the file still has. First match
 * wins.
 */
import type { Sentence } from '../messages/language.ts';
import type { FileAction, RuleId } from './plan-types.ts';

/** What is known about one course file, in the order base, offered, local. */
export interface Facts {
  readonly base: 'none' | 'known';
  /** `same` and `changed` against the ancestor; `new` without one; `gone` for certain, `unclear` when nobody can tell. */
  readonly offered: 'frozen' | 'same' | 'changed' | 'new' | 'gone' | 'unclear';
  /**
   * `equal` to the offered content; `pristine`: any content the course once had; `edited`: the student's; `blocked`: its
   * place, or one above it, is taken by something that is no such file.
   */
  readonly local: 'unreadable' | 'absent' | 'equal' | 'pristine' | 'edited' | 'blocked';
  readonly deletedFiles: 'restore' | 'respect';
}

export type Verdict =
  'nothing' | 'adopt' | 'create' | 'replace' | 'remove' | 'forget' | 'leave' | 'keep' | 'merge' | 'beside' | 'own';

type OneOf<T> = readonly T[] | 'any';

/** One line of the table. A row of DESIGN 6 that says two things has two lines with its number. */
export interface Rule {
  readonly id: RuleId;
  readonly base: OneOf<Facts['base']>;
  readonly offered: OneOf<Facts['offered']>;
  readonly local: OneOf<Facts['local']>;
  /** Only if the two changes can be merged. */
  readonly mergeable?: true;
  readonly policy?: Facts['deletedFiles'];
  readonly verdict: Verdict;
  /** What the student is told; undefined: nothing. Rows 1 and 2 are told once per path, not per file. */
  readonly notice?: FileAction;
  readonly sentence: Sentence;
}

export const rules: readonly Rule[] = [
  {
    id: '1',
    base: 'any',
    offered: ['frozen'],
    local: 'any',
    verdict: 'nothing',
    sentence: {
      de: 'Zurückgehalten, gestört oder angehalten: Hier geschieht nichts, bis es wieder klar ist.',
      en: 'Withheld, in trouble or held: nothing happens here until it is clear again.',
    },
  },
  {
    id: '2',
    base: 'any',
    offered: 'any',
    local: ['unreadable'],
    verdict: 'nothing',
    sentence: {
      de: 'Deine Datei lässt sich gerade nicht lesen: Sie bleibt, wie sie ist; alles andere geht weiter.',
      en: 'Your file cannot be read right now: it stays as it is; everything else goes on.',
    },
  },
  {
    id: '3',
    base: 'any',
    offered: ['same', 'changed', 'new'],
    local: ['equal'],
    verdict: 'adopt',
    sentence: { de: 'Du hast schon, was der Kurs anbietet.', en: 'You already have what the course offers.' },
  },
  {
    id: '4',
    base: ['none'],
    offered: ['new'],
    local: ['absent'],
    verdict: 'create',
    notice: 'added',
    sentence: { de: 'Eine neue Datei des Kurses kommt dazu.', en: 'A new file of the course arrives.' },
  },
  {
    id: '5',
    base: ['known'],
    offered: ['same'],
    local: ['absent'],
    policy: 'restore',
    verdict: 'create',
    notice: 'restored',
    sentence: {
      de: 'Du hast eine Kursdatei gelöscht: Du bekommst sie frisch.',
      en: 'You deleted a course file: you get a fresh copy.',
    },
  },
  {
    id: '5',
    base: ['known'],
    offered: ['same'],
    local: ['absent'],
    policy: 'respect',
    verdict: 'nothing',
    sentence: {
      de: 'Du hast eine Kursdatei gelöscht, und der Kurs achtet das: Sie bleibt weg, bis der Kurs sie ändert.',
      en: 'You deleted a course file and the course respects that: it stays away until the course changes it.',
    },
  },
  {
    id: '6',
    base: ['known'],
    offered: ['changed'],
    local: ['absent'],
    verdict: 'create',
    notice: 'restored',
    sentence: {
      de: 'Du hast eine Kursdatei gelöscht, und der Kurs hat sie geändert: Die neue Fassung kommt.',
      en: 'You deleted a course file and the course changed it: the new version comes.',
    },
  },
  {
    id: '7',
    base: ['known'],
    offered: ['changed'],
    local: ['pristine'],
    verdict: 'replace',
    notice: 'updated',
    sentence: {
      de: 'Der Kurs hat eine Datei geändert, du nicht: Sie wird erneuert.',
      en: 'The course changed a file and you did not: it is updated.',
    },
  },
  {
    id: '8',
    base: ['known'],
    offered: ['gone'],
    local: ['equal', 'pristine'],
    verdict: 'remove',
    notice: 'removed',
    sentence: {
      de: 'Der Kurs hat eine Datei entfernt, die du nicht geändert hast: Sie geht, eine Sicherung bleibt.',
      en: 'The course removed a file you did not change: it goes, a backup stays.',
    },
  },
  {
    id: '8',
    base: 'any',
    offered: ['gone'],
    local: ['absent'],
    verdict: 'forget',
    sentence: {
      de: 'Der Kurs hat eine Datei entfernt, die du nicht mehr hast: Es ist nichts zu tun.',
      en: 'The course removed a file you no longer have: there is nothing to do.',
    },
  },
  {
    id: '9',
    base: 'any',
    offered: ['unclear'],
    local: ['equal', 'pristine', 'absent', 'blocked'],
    verdict: 'leave',
    sentence: {
      de: 'Eine Datei ist nicht zu sehen, und niemand weiß, ob der Kurs sie entfernt hat: Du behältst sie.',
      en: 'A file cannot be seen and nobody knows whether the course removed it: you keep it.',
    },
  },
  {
    id: '10',
    base: ['known'],
    offered: ['same'],
    local: ['edited'],
    verdict: 'keep',
    sentence: {
      de: 'Du hast eine Datei geändert, der Kurs nicht: Deine bleibt.',
      en: 'You changed a file and the course did not: yours stays.',
    },
  },
  {
    id: '11',
    base: ['known'],
    offered: ['changed'],
    local: ['edited'],
    mergeable: true,
    verdict: 'merge',
    notice: 'merged',
    sentence: {
      de: 'Du und der Kurs habt eine Datei geändert: Beides kommt zusammen; wo es dieselbe Stelle ist, bleibt deine, und du erfährst, was der Kurs wollte.',
      en: 'You and the course changed a file: both come together; where it is the same place yours stays, and you are told what the course wanted.',
    },
  },
  {
    id: '12',
    base: ['known'],
    offered: ['changed'],
    local: ['edited'],
    verdict: 'beside',
    notice: 'copied',
    sentence: {
      de: 'Du und der Kurs habt eine Datei geändert, die sich nicht zusammenführen lässt: Deine bleibt, die des Kurses liegt daneben.',
      en: 'You and the course changed a file that cannot be merged: yours stays, the course’s lies beside it.',
    },
  },
  {
    id: '13',
    base: ['none'],
    offered: ['new'],
    local: ['edited'],
    verdict: 'beside',
    notice: 'copied',
    sentence: {
      de: 'Der Kurs bringt eine Datei, und du hast schon eine eigene mit diesem Namen: Deine bleibt, die des Kurses liegt daneben.',
      en: 'The course brings a file and you already have one of your own by that name: yours stays, the course’s lies beside it.',
    },
  },
  {
    id: '14',
    base: 'any',
    offered: ['gone'],
    local: ['edited'],
    verdict: 'own',
    notice: 'kept',
    sentence: {
      de: 'Der Kurs hat eine Datei entfernt, die du geändert hast: Sie bleibt als deine eigene.',
      en: 'The course removed a file you changed: it stays as your own.',
    },
  },
  {
    id: '14',
    base: 'any',
    offered: ['unclear'],
    local: ['edited'],
    verdict: 'leave',
    notice: 'kept',
    sentence: {
      de: 'Eine Datei, die du geändert hast, ist nicht mehr zu sehen: Sie bleibt; kommt sie wieder, kommen auch die Änderungen des Kurses.',
      en: 'A file you changed cannot be seen any more: it stays; should it return, the course’s changes come with it.',
    },
  },
  {
    id: '15',
    base: 'any',
    offered: ['same', 'changed', 'new'],
    local: ['blocked'],
    verdict: 'beside',
    notice: 'copied',
    sentence: {
      de: 'Am Platz einer Kursdatei ist etwas anderes (ein Ordner, eine Verknüpfung, ein fast gleicher Name): Es bleibt, die Kursdatei liegt daneben.',
      en: 'Something else is in a course file’s place (a folder, a link, almost the same name): it stays, the course’s file lies beside it.',
    },
  },
  {
    id: '15',
    base: 'any',
    offered: ['gone'],
    local: ['blocked'],
    verdict: 'own',
    notice: 'kept',
    sentence: {
      de: 'Der Kurs hat eine Datei entfernt, an deren Platz etwas anderes ist (eine Verknüpfung): Es bleibt.',
      en: 'The course removed a file in whose place something else is (a link): it stays.',
    },
  },
];

/**
 * The first rule that matches. `isMergeable` is asked only when the answer depends on it. The table is total: the test
 * tries every combination of facts.
 */
export function decide(facts: Facts, isMergeable: () => boolean, table: readonly Rule[] = rules): Rule | undefined {
  return table.find(
    (rule) =>
      includes(rule.base, facts.base) &&
      includes(rule.offered, facts.offered) &&
      includes(rule.local, facts.local) &&
      (rule.policy === undefined || rule.policy === facts.deletedFiles) &&
      (rule.mergeable === undefined || isMergeable()),
  );
}

function includes<T>(pattern: OneOf<T>, value: T): boolean {
  return pattern === 'any' || pattern.includes(value);
}
