/** What a run did to a file, and to all of them, in plain words: what came, what stayed, what to do now. */
import type { Sentence } from './language.ts';

/** About one file, whose name stands beside the sentence. `{count}` is the number of places with another wish. */
export const noticeSentences = {
  added: { de: 'Neu aus dem Kurs.', en: 'New from the course.' },
  updated: {
    de: 'Du hattest nichts daran geändert; jetzt ist es die neue Fassung des Kurses.',
    en: 'You had not changed it; now it is the course’s new version.',
  },
  merged: {
    de: 'Deine Änderungen und die des Kurses stehen jetzt beide darin.',
    en: 'Your changes and the course’s are now both in it.',
  },
  mergedRevived: {
    de: 'Ein Fenster, das noch eine ältere Fassung zeigte, hat sie überschrieben: Was vom Kurs gekommen war, steht wieder darin, und was du geschrieben hast, ist geblieben. Willst du es anders, ändere es noch einmal; dann bleibt es so.',
    en: 'A window that still showed an older version had saved over it: what had come from the course is in it again, and what you wrote stayed. If you want it otherwise, change it once more; then it stays so.',
  },
  mergedOneDeclined: {
    de: 'Zusammengeführt. An einer Stelle habt ihr beide etwas geändert: Dort steht, was du geschrieben hast. Wenn du willst, nimm die Fassung des Kurses.',
    en: 'Merged. In one place both you and the course changed something: what you wrote stays there. If you like, take the course’s version.',
  },
  mergedDeclined: {
    de: 'Zusammengeführt. An {count} Stellen habt ihr beide etwas geändert: Dort steht, was du geschrieben hast. Wenn du willst, nimm die Fassung des Kurses.',
    en: 'Merged. In {count} places both you and the course changed something: what you wrote stays there. If you like, take the course’s version.',
  },
  keptOneDeclined: {
    de: 'Deine Fassung ist geblieben. Der Kurs wollte eine Stelle ändern, die du selbst geändert hast. Wenn du willst, nimm die Fassung des Kurses.',
    en: 'Your version stayed. The course wanted to change one place that you changed yourself. If you like, take the course’s version.',
  },
  keptDeclined: {
    de: 'Deine Fassung ist geblieben. Der Kurs wollte {count} Stellen ändern, die du selbst geändert hast. Wenn du willst, nimm die Fassung des Kurses.',
    en: 'Your version stayed. The course wanted to change {count} places that you changed yourself. If you like, take the course’s version.',
  },
  kept: { de: 'Deine Fassung ist geblieben.', en: 'Your version stayed.' },
  keptGone: {
    de: 'Im Kurs ist diese Datei nicht mehr zu finden. Du hast daran gearbeitet, darum bleibt sie bei dir.',
    en: 'This file can no longer be found in the course. You worked on it, so it stays with you.',
  },
  keptOther: {
    de: 'Im Kurs ist diese Datei nicht mehr zu finden. An ihrem Platz hast du etwas anderes, einen Verweis zum Beispiel; das bleibt, wie es ist.',
    en: 'This file can no longer be found in the course. In its place you have something else, a link for example; that stays as it is.',
  },
  barred: {
    de: 'Der Kurs hat sie nach „{path}“ umbenannt oder verschoben. Dort hast du schon etwas; darum bleibt sie unter ihrem alten Namen, und was im Kurs neu ist, kommt hier an. Machst du dort Platz, zieht sie mit dem nächsten Klick um.',
    en: 'The course renamed or moved it to “{path}”. You already have something there, so it stays under its old name, and what is new in the course arrives here. If you make room there, it moves with the next click.',
  },
  restored: { de: 'Sie fehlte bei dir und ist wieder da.', en: 'It was missing in your folder and is back.' },
  restoredPlace: {
    de: 'Sie liegt wieder da, wo der Kurs sie hat.',
    en: 'It is back where the course has it.',
  },
  removed: {
    de: 'Der Kurs hat sie entfernt, und du hattest nichts daran geändert. Sie ist aufgehoben und lässt sich zurückholen.',
    en: 'The course removed it, and you had not changed it. It is kept aside and can be brought back.',
  },
  renamed: {
    de: 'Der Kurs hat sie umbenannt oder verschoben; was du vielleicht geändert hast, ist mitgekommen.',
    en: 'The course renamed or moved it; anything you changed came along.',
  },
  renamedDeclined: {
    de: 'Der Kurs hat sie umbenannt oder verschoben; was du geändert hast, ist mitgekommen. Wo auch der Kurs etwas geändert hat, steht, was du geschrieben hast. Wenn du willst, nimm die Fassung des Kurses.',
    en: 'The course renamed or moved it; what you changed came along. Where the course changed something too, what you wrote stays. If you like, take the course’s version.',
  },
  copied: {
    de: 'Du und der Kurs habt sie geändert, und das lässt sich nicht zusammenführen. Deine bleibt, wie sie ist; die Fassung des Kurses liegt daneben.',
    en: 'You and the course both changed it, and that cannot be merged. Yours stays as it is; the course’s version lies beside it.',
  },
  notebookTooLarge: {
    de: 'Du und der Kurs habt dieses Notebook geändert, und es ist zu groß, um zusammengeführt zu werden (über 64 MB oder 20 000 Zellen). Deins bleibt, wie es ist; das des Kurses liegt daneben.',
    en: 'You and the course both changed this notebook, and it is too large to be merged (over 64 MB or 20,000 cells). Yours stays as it is; the course’s lies beside it.',
  },
  notebookDamaged: {
    de: 'Du und der Kurs habt dieses Notebook geändert, und eins von beiden ist beschädigt; darum lässt es sich nicht zusammenführen. Deins bleibt, wie es ist; das des Kurses liegt daneben.',
    en: 'You and the course both changed this notebook, and one of the two is damaged, so it cannot be merged. Yours stays as it is; the course’s lies beside it.',
  },
  notebookOtherVersion: {
    de: 'Du und der Kurs habt dieses Notebook geändert, und eins von beiden ist in einem anderen Format gespeichert; darum lässt es sich nicht zusammenführen. Deins bleibt, wie es ist; das des Kurses liegt daneben.',
    en: 'You and the course both changed this notebook, and one of the two is saved in another format, so it cannot be merged. Yours stays as it is; the course’s lies beside it.',
  },
  notebookUnsure: {
    de: 'Dieses Notebook haben wir nicht zusammengeführt, weil uns dabei ein Fehler unterlaufen wäre; bitte melde uns das. Deins bleibt, wie es ist, das des Kurses liegt daneben.',
    en: 'We did not merge this notebook because we would have made a mistake; please tell us. Yours stays as it is, the course’s lies beside it.',
  },
  cellsReset: {
    de: 'Diese Zellen gehören dem Kurs und stehen wieder so da, wie er sie hat: {cells}. Was du hineingeschrieben hattest, ist aufgehoben.',
    en: 'These cells belong to the course and are again as it has them: {cells}. What you had written there is kept aside.',
  },
  cellsReturned: {
    de: 'Diese Zellen hattest du gelöscht; sie sind wieder da, weil der Kurs sie geändert hat oder für die Bewertung braucht: {cells}.',
    en: 'You had deleted these cells; they are back because the course changed them or needs them for grading: {cells}.',
  },
  cellsOrder: {
    de: 'Ihr habt beide die Zellen umgestellt; deine Reihenfolge ist geblieben.',
    en: 'You both put the cells into another order; yours stayed.',
  },
  copiedOwn: {
    de: 'Du hast hier schon eine eigene Datei mit diesem Namen. Deine bleibt, wie sie ist; die des Kurses liegt daneben.',
    en: 'You already have a file of your own with this name here. Yours stays as it is; the course’s lies beside it.',
  },
  copiedBlocked: {
    de: 'Wo diese Datei des Kurses liegen soll, hast du etwas anderes: einen Ordner, einen Verweis oder fast denselben Namen. Deins bleibt, wie es ist; die Datei des Kurses liegt daneben.',
    en: 'Where this file of the course belongs, you have something else: a folder, a link or nearly the same name. Yours stays as it is; the course’s file lies beside it.',
  },
  skipped: {
    de: 'Hier ging es gerade nicht weiter[: {detail}]. Was da ist, bleibt, wie es ist, deine Arbeit ist sicher. Versuch es später noch einmal.',
    en: 'This could not be done just now[: {detail}]. What is there stays as it is, your work is safe. Try again later.',
  },
  undoneAdded: {
    de: 'Sie ist wieder weg; sie ist aufgehoben und lässt sich zurückholen.',
    en: 'It is gone again; it is kept aside and can be brought back.',
  },
  undoneChanged: { de: 'Die frühere Fassung ist wieder da.', en: 'The earlier version is back.' },
  undoneMoved: { de: 'Sie liegt wieder, wo sie vorher war.', en: 'It is back where it was before.' },
  undoneKept: {
    de: 'Sie hat sich seitdem geändert, darum bleibt sie, wie sie ist.',
    en: 'It has changed since, so it stays as it is.',
  },
  undoneBeside: {
    de: 'Sie hat sich seitdem geändert, darum bleibt sie, wie sie ist; die frühere Fassung liegt daneben.',
    en: 'It has changed since, so it stays as it is; the earlier version lies beside it.',
  },
  taken: { de: 'Jetzt ist es die Fassung des Kurses.', en: 'Now it is the course’s version.' },
  takenCell: {
    de: 'Diese Zelle ist jetzt die des Kurses; alles andere im Notebook ist, wie es war.',
    en: 'This cell is the course’s now; everything else in the notebook is as it was.',
  },
  held: {
    de: 'Im Kurs fehlt diese Datei, und damit das meiste oder alles, was darin war. Vielleicht ist das ein Versehen, darum wird sie niemandem weggenommen, bis der Kurs es bestätigt.',
    en: 'This file is missing in the course, and with it most or all of what was there. That may be a mistake, so it is taken from nobody until the course confirms it.',
  },
} as const satisfies Record<string, Sentence>;

/** About several files with the same fate, whose names follow. */
export const groupSentences = {
  removed: {
    de: '{count} Dateien hat der Kurs entfernt, und du hattest nichts daran geändert. Sie sind aufgehoben und lassen sich zurückholen:',
    en: '{count} files were removed by the course, and you had not changed them. They are kept aside and can be brought back:',
  },
  held: {
    de: '{count} Dateien fehlen im Kurs. Vielleicht ist das ein Versehen, darum werden sie niemandem weggenommen, bis der Kurs es bestätigt:',
    en: '{count} files are missing in the course. That may be a mistake, so they are taken from nobody until the course confirms it:',
  },
  undoneAdded: { de: '{count} Dateien sind wieder weg:', en: '{count} files are gone again:' },
  undoneChanged: {
    de: '{count} Dateien haben wieder ihre frühere Fassung:',
    en: '{count} files have their earlier version again:',
  },
  undoneMoved: {
    de: '{count} Dateien liegen wieder, wo sie vorher waren:',
    en: '{count} files are back where they were before:',
  },
} as const satisfies Record<string, Sentence>;

/** How many files of each action, one after the other in one line. */
export const countSentences = {
  added: { de: '{count} neu', en: '{count} new' },
  updated: { de: '{count} aktualisiert', en: '{count} updated' },
  merged: { de: '{count} zusammengeführt', en: '{count} merged' },
  restored: { de: '{count} wieder da', en: '{count} back again' },
  renamed: { de: '{count} umbenannt', en: '{count} renamed' },
  removed: { de: '{count} entfernt', en: '{count} removed' },
  kept: { de: '{count} wie von dir', en: '{count} left as yours' },
  copied: { de: '{count} mit der Fassung des Kurses daneben', en: '{count} with the course’s version beside' },
  skipped: { de: '{count} nicht möglich', en: '{count} not possible' },
  held: { de: '{count} zurückgehalten', en: '{count} held' },
} as const satisfies Record<string, Sentence>;

/** The lines of a report on a terminal around the files. */
export const reportSentences = {
  updated: { de: '{course} ist auf dem neuesten Stand.', en: '{course} is up to date.' },
  rehearsed: {
    de: '{course}: Es wurde nichts geändert. Das käme mit dem nächsten Abholen:',
    en: '{course}: nothing was changed. This is what would come:',
  },
  unchanged: { de: '{course}: Es gibt nichts Neues.', en: '{course}: nothing is new.' },
  empty: {
    de: '{course}: Darin gibt es noch keine Dateien für dich. Hast du welche erwartet, prüfe die Adresse oder frag die, die den Kurs betreuen.',
    en: '{course}: there are no files in it for you yet. If you expected some, check the address or ask those who look after the course.',
  },
  kept: {
    de: '{course}: Deine Fassung ist geblieben, wo der Kurs etwas anderes wollte.',
    en: '{course}: your version stayed where the course wanted something else.',
  },
  held: {
    de: '{course}: Deine Dateien bleiben erst einmal, wie sie sind.',
    en: '{course}: your files stay as they are for now.',
  },
  partial: {
    de: '{course}: Nicht alles ging. Deine Arbeit ist sicher, versuch es noch einmal.',
    en: '{course}: not everything worked. Your work is safe, try again.',
  },
  stale: {
    de: 'Die Ablage des Kurses {course} antwortet gerade nicht; du hast ihren letzten bekannten Stand[ ({asOf})]. Deine Arbeit ist sicher, versuch es später noch einmal.',
    en: 'The place where {course} keeps its files is not answering just now; you have its last known state[ ({asOf})]. Your work is safe, try again later.',
  },
  staleUnread: {
    de: '{course}: Der neue Stand ließ sich nicht lesen; du hast den letzten bekannten[ ({asOf})]. Deine Arbeit ist sicher. Woran es lag:',
    en: '{course}: its new state could not be read; you have the last known one[ ({asOf})]. Your work is safe. The reason:',
  },
  undone: {
    de: '{course}: Zurückgenommen[ (Vorgang {undoes})]. Bis der Kurs etwas Neues hat, bleibt es so.',
    en: '{course}: taken back[ (run {undoes})]. It stays like this until the course has something new.',
  },
  undoneNothing: {
    de: '{course}: Davon ließ sich nichts zurücknehmen[ (Vorgang {undoes})]; es hat sich seitdem alles geändert und bleibt, wie es ist.',
    en: '{course}: nothing of it could be taken back[ (run {undoes})]; all of it has changed since and stays as it is.',
  },
  undoneBefore: {
    de: '{course}: Der Vorgang[ {undoes}] ist schon zurückgenommen; es war nichts mehr zu tun.',
    en: '{course}: the run[ {undoes}] is taken back already; there was nothing left to do.',
  },
  takenBefore: {
    de: '{course}: Die gewünschte Fassung ist schon da; es war nichts zu tun.',
    en: '{course}: the version you want is in place already; there was nothing to do.',
  },
  taken: {
    de: '{course}: Die gewünschte Fassung ist da; was vorher dort stand, ist aufgehoben.',
    en: '{course}: the version you wanted is in place; what was there before is kept aside.',
  },
  incomplete: {
    de: 'Einiges im Kurs war gerade nicht lesbar; dort bleibt alles, wie es ist.',
    en: 'Some of the course could not be read just now; everything there stays as it is.',
  },
  refused: {
    de: 'Ohne die Fassung des Kurses, bis er sie ändert, weil du sie zurückgenommen hast: {count}. Welche das sind, zeigt: f2git status {folder}',
    en: 'Without the course’s version until it changes, because you took it back: {count}. To see which: f2git status {folder}',
  },
  beside: { de: 'daneben: {copy}', en: 'beside it: {copy}' },
  formerly: { de: 'vorher: {from}', en: 'before: {from}' },
  atCell: { de: 'Zelle {cell}', en: 'cell {cell}' },
  atLine: { de: 'Zeile {first}', en: 'line {first}' },
  atLines: { de: 'Zeilen {first} bis {last}', en: 'lines {first} to {last}' },
  atPlace: { de: 'eine Stelle', en: 'one place' },
  wanted: {
    de: '{place}: der Kurs wollte {course}, du hast {yours}',
    en: '{place}: the course wanted {course}, you have {yours}',
  },
  nothing: { de: 'nichts', en: 'nothing' },
  text: { de: '„{text}“', en: '“{text}”' },
  morePlaces: { de: 'und {count} weitere', en: 'and {count} more' },
  names: { de: '{names} und {count} weitere', en: '{names} and {count} more' },
  moreFiles: {
    de: 'und {count} weitere Dateien; alle zeigt: f2git status {folder}',
    en: 'and {count} more files; to see all: f2git status {folder}',
  },
  take: {
    de: 'Die Fassung des Kurses nehmen: f2git take {file}',
    en: 'To take the course’s version: f2git take {file}',
  },
  takeHint: { de: 'DATEI', en: 'FILE' },
  undo: { de: 'Das alles zurücknehmen: f2git undo {folder}', en: 'To take all of this back: f2git undo {folder}' },
  undoRun: {
    de: 'Das alles zurücknehmen: f2git undo {folder} {run}',
    en: 'To take all of this back: f2git undo {folder} {run}',
  },
  redo: {
    de: 'Doch wieder holen: f2git undo {folder} {run}',
    en: 'To bring it back after all: f2git undo {folder} {run}',
  },
  open: { de: 'Hier geht es los: {path}', en: 'Start here: {path}' },
} as const satisfies Record<string, Sentence>;
