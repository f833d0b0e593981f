/** What the pages say, apart from what a run did to a file and what went wrong. Words for people who do not program. */
import type { Progress } from '../core/progress.ts';
import type { Sentence } from './language.ts';

/** Each step of a run: alone, and with `{done}` of `{total}`. */
export const progressSentences: Readonly<
  Record<Progress['step'], { readonly one: Sentence; readonly counted: Sentence }>
> = {
  listing: {
    one: { de: 'Nachsehen, was es im Kurs gibt …', en: 'Looking at what is in the course …' },
    counted: {
      de: 'Nachsehen, was es im Kurs gibt: {done} von {total}',
      en: 'Looking at the course: {done} of {total}',
    },
  },
  fetching: {
    one: { de: 'Neue Dateien holen …', en: 'Getting new files …' },
    counted: { de: 'Neue Dateien holen: {done} von {total}', en: 'Getting new files: {done} of {total}' },
  },
  saving: {
    one: { de: 'Neuen Stand aufheben …', en: 'Keeping the new state …' },
    counted: { de: 'Neuen Stand aufheben: {done} von {total}', en: 'Keeping the new state: {done} of {total}' },
  },
  checking: {
    one: { de: 'Deine Dateien ansehen …', en: 'Looking at your files …' },
    counted: { de: 'Deine Dateien ansehen: {done} von {total}', en: 'Looking at your files: {done} of {total}' },
  },
  merging: {
    one: { de: 'Deine Arbeit und das Neue zusammenführen …', en: 'Merging your work with what is new …' },
    counted: { de: 'Zusammenführen: {done} von {total}', en: 'Merging: {done} of {total}' },
  },
  preparing: {
    one: { de: 'Vorbereiten …', en: 'Preparing …' },
    counted: { de: 'Vorbereiten: {done} von {total}', en: 'Preparing: {done} of {total}' },
  },
  writing: {
    one: { de: 'Dateien ablegen …', en: 'Putting files in place …' },
    counted: { de: 'Dateien ablegen: {done} von {total}', en: 'Putting files in place: {done} of {total}' },
  },
  finishing: {
    one: { de: 'Gleich fertig …', en: 'Almost done …' },
    counted: { de: 'Gleich fertig …', en: 'Almost done …' },
  },
  starting: {
    one: { de: 'Dein Server startet …', en: 'Your server is starting …' },
    counted: { de: 'Dein Server startet: {done} %', en: 'Your server is starting: {done} %' },
  },
};

export const waitingSentence: Sentence = { de: 'Gleich geht es los …', en: 'Starting in a moment …' };

/** All other sentences of the pages. */
export const webSentences = {
  gitReadOnly: {
    de: 'Dieses Repository kann man nur lesen: Was hier steht, kommt aus dem Kurs. Deine Arbeit ist sicher, nichts wurde geändert.',
    en: 'This repository can only be read: what is in it comes from the course. Your work is safe, nothing was changed.',
  },
  gitSmartOnly: {
    de: 'Dieses Repository braucht ein git, das „smart HTTP“ spricht, also ab Version 1.6.6.',
    en: 'This repository needs a git that speaks smart HTTP, which is 1.6.6 or later.',
  },
  skip: { de: 'Zum Inhalt', en: 'Skip to content' },
  languageNav: { de: 'Sprache', en: 'Language' },
  actingAs: { de: 'Als {name}', en: 'As {name}' },
  signOut: { de: 'Abmelden', en: 'Sign out' },
  signedOutTitle: { de: 'Du bist abgemeldet', en: 'You are signed out' },
  signedOutLead: {
    de: 'f2git kennt dich in diesem Browser nicht mehr. An JupyterHub bist du noch angemeldet.',
    en: 'f2git does not know you in this browser any more. You are still signed in to JupyterHub.',
  },
  signedOutHere: {
    de: 'f2git kennt dich in diesem Browser nicht mehr. Dein persönlicher Link meldet dich wieder an.',
    en: 'f2git does not know you in this browser any more. Your personal link signs you in again.',
  },
  signOutOfHub: { de: 'Auch von JupyterHub abmelden', en: 'Sign out of JupyterHub as well' },
  promise: {
    de: 'Was du geschrieben hast, bleibt. f2git überschreibt nichts und löscht nichts von dir.',
    en: 'What you wrote stays. f2git overwrites nothing and deletes nothing of yours.',
  },
  runLabel: { de: 'Vorgang', en: 'Run' },
  codeLabel: { de: 'Kennung', en: 'Code' },

  startTitle: { de: 'Deine Dateien kommen', en: 'Your files are on their way' },
  startLead: {
    de: 'Neues aus dem Kurs kommt in deinen Ordner. Deine eigene Arbeit bleibt, wie sie ist.',
    en: 'What is new in the course comes into your folder. Your own work stays as it is.',
  },
  startTitleByHand: { de: 'Hol dir deine Dateien', en: 'Get your files' },
  startLeadByHand: {
    de: 'Drück auf „Dateien holen“: Dann kommt Neues aus dem Kurs in deinen Ordner. Deine eigene Arbeit bleibt, wie sie ist.',
    en: 'Press “Get the files”: then what is new in the course comes into your folder. Your own work stays as it is.',
  },
  startButton: { de: 'Dateien holen', en: 'Get the files' },
  platformTitle: { de: 'Einmal anmelden, dann kommen deine Dateien', en: 'Sign in once, then your files come' },
  platformAgainTitle: { de: 'Deine Anmeldung ist abgelaufen', en: 'Your sign-in has ended' },
  platformLead: {
    de: 'Dieser Kurs zeigt allen ihre eigenen Dateien. Melde dich auf seiner Lernplattform an und erlaube f2git, die Dateien des Kurses für dich zu lesen. Dein Passwort erfährt f2git nicht, und deine eigene Arbeit bleibt, wie sie ist.',
    en: 'This course shows everybody their own files. Sign in at its learning platform and allow f2git to read the course’s files for you. f2git does not learn your password, and your own work stays as it is.',
  },
  platformButton: { de: 'Zur Lernplattform', en: 'To the learning platform' },
  platformSkip: { de: 'Mit dem Stand von zuletzt weitermachen', en: 'Go on with what came last time' },
  startSlow: {
    de: 'Es geht nicht von selbst los? Dann hier:',
    en: 'Nothing is happening by itself? Start here:',
  },
  progressLabel: { de: 'Fortschritt', en: 'Progress' },
  connectionLost: {
    de: 'Die Verbindung ist unterbrochen. Deine Arbeit ist sicher; der Vorgang läuft weiter.',
    en: 'The connection was interrupted. Your work is safe; the run goes on.',
  },
  lookAgain: { de: 'Nachsehen', en: 'Have a look' },
  startFailed: {
    de: 'Der Server hat nicht geantwortet. Deine Arbeit ist sicher, nichts wurde geändert.',
    en: 'The server did not answer. Your work is safe, nothing was changed.',
  },
  tryAgain: { de: 'Noch einmal versuchen', en: 'Try again' },

  titleUpdated: { de: 'Alles da!', en: 'All set!' },
  titleUnchanged: { de: 'Alles auf dem neuesten Stand', en: 'Everything is up to date' },
  titleEmpty: { de: 'Noch keine Dateien', en: 'No files yet' },
  titleHeld: { de: 'Deine Dateien bleiben erst einmal, wie sie sind', en: 'Your files stay as they are for now' },
  titleKept: { de: 'Deine Fassung ist geblieben', en: 'Your version stayed' },
  titlePartial: { de: 'Fast alles da', en: 'Almost everything is here' },
  titleStale: { de: 'Der letzte bekannte Stand', en: 'The last known state' },
  titleUndo: { de: 'Zurückgenommen', en: 'Taken back' },
  titleUndoNothing: { de: 'Nichts zurückgenommen', en: 'Nothing taken back' },
  titleTake: { de: 'Übernommen', en: 'Done: the other version is in place' },
  leadUnchanged: {
    de: 'Seit deinem letzten Besuch gibt es nichts Neues.',
    en: 'Nothing is new since your last visit.',
  },
  refused: {
    de: 'Ohne die Fassung des Kurses, bis er sie ändert, weil du sie zurückgenommen hast: {count}.',
    en: 'Without the course’s version until it changes, because you took it back: {count}.',
  },
  leadEmpty: {
    de: 'In diesem Kurs gibt es noch keine Dateien für dich. Hast du welche erwartet, frag die, die den Kurs betreuen.',
    en: 'There are no files in this course for you yet. If you expected some, ask those who look after the course.',
  },
  leadUndo: {
    de: 'Deine Dateien sind wieder, wie sie vorher waren. Der Kurs ändert sie erst wieder, wenn es etwas Neues gibt.',
    en: 'Your files are as they were before. The course leaves them alone until it has something new.',
  },
  leadUndoPart: {
    de: 'Deine Dateien sind wieder, wie sie vorher waren, bis auf die, die sich seitdem geändert haben. Der Kurs ändert sie erst wieder, wenn es etwas Neues gibt.',
    en: 'Your files are as they were before, but for those that have changed since. The course leaves them alone until it has something new.',
  },
  leadUndoNothing: {
    de: 'Alles, was dieser Vorgang gebracht hatte, hat sich seitdem geändert und bleibt, wie es ist.',
    en: 'All that this run had brought has changed since and stays as it is.',
  },
  leadTake: {
    de: 'Was vorher da war, ist aufgehoben: „Zurücknehmen“ holt es wieder.',
    en: 'What was there before is kept: “Undo” brings it back.',
  },
  staleNotice: {
    de: 'Die Ablage des Kurses antwortet gerade nicht. Du hast den Stand von {age}. Deine Arbeit ist sicher; versuch es später noch einmal.',
    en: 'The place where the course keeps its files is not answering. You have the state of {age}. Your work is safe; try again later.',
  },
  staleNoticeUnknown: {
    de: 'Die Ablage des Kurses antwortet gerade nicht. Du hast den letzten bekannten Stand. Deine Arbeit ist sicher; versuch es später noch einmal.',
    en: 'The place where the course keeps its files is not answering. You have its last known state. Your work is safe; try again later.',
  },
  unreadNotice: {
    de: 'Der neue Stand des Kurses ließ sich nicht lesen. Du hast den Stand von {age}. Deine Arbeit ist sicher; versuch es später noch einmal.',
    en: 'The course’s new state could not be read. You have the state of {age}. Your work is safe; try again later.',
  },
  unreadNoticeUnknown: {
    de: 'Der neue Stand des Kurses ließ sich nicht lesen. Du hast den letzten bekannten Stand. Deine Arbeit ist sicher; versuch es später noch einmal.',
    en: 'The course’s new state could not be read. You have its last known state. Your work is safe; try again later.',
  },
  incompleteNotice: {
    de: 'Einiges im Kurs war gerade nicht lesbar. Dort ist alles geblieben, wie es war; deine Arbeit ist sicher. Versuch es später noch einmal.',
    en: 'Some of the course could not be read just now. Everything there stayed as it was; your work is safe. Try again later.',
  },

  startServer: { de: 'Meinen Server starten', en: 'Start my server' },
  openFile: { de: '{name} öffnen', en: 'Open {name}' },
  missing: {
    de: '„{path}“ ist noch nicht da, oder nicht mehr.',
    en: '“{path}” is not there yet, or not any more.',
  },
  openFolder: { de: 'Zum Kursordner', en: 'Go to the course folder' },
  forwarding: { de: 'Es geht gleich weiter …', en: 'Taking you there …' },
  checkAgain: { de: 'Noch einmal nachsehen', en: 'Check again' },
  undo: { de: 'Zurücknehmen', en: 'Undo' },
  undoHint: { de: 'Alles, was dieser Vorgang geändert hat', en: 'Everything this run changed' },
  redo: { de: 'Doch wieder holen', en: 'Bring it back after all' },
  take: { de: 'Fassung des Kurses nehmen', en: 'Take the course’s version' },
  takeFor: { de: 'Fassung des Kurses nehmen: {file}', en: 'Take the course’s version: {file}' },
  takeCell: { de: 'Diese Zelle vom Kurs nehmen', en: 'Take the course’s cell' },
  takeCellFor: {
    de: 'Zelle {cell} in {file} vom Kurs nehmen',
    en: 'Take the course’s cell {cell} in {file}',
  },
  takeAll: { de: 'Überall die Fassung des Kurses nehmen', en: 'Take the course’s version everywhere' },
  takeAllHint: {
    de: 'In {count} Dateien; was du jetzt hast, ist aufgehoben',
    en: 'In {count} files; what you have now is kept',
  },
  back: { de: 'Zurück zum Kurs', en: 'Back to the course' },
  laptopTitle: { de: 'Auf dem eigenen Rechner', en: 'On your own computer' },
  laptopLead: {
    de: 'Dieser Befehl bringt dieselben Dateien in einen Ordner deines Rechners, und jedes weitere Mal, was neu ist. Was du geändert hast, bleibt. Er braucht Node.js ab Version 20. Ohne ihn gibt es alles als ZIP.',
    en: 'This command brings the same files into a folder of your computer, and each further time what is new. What you changed stays. It needs Node.js, version 20 or newer. Without it, everything comes as a ZIP.',
  },
  laptopCopy: { de: 'Befehl kopieren', en: 'Copy the command' },
  laptopAsk: {
    de: 'Beim ersten Mal fragt er nach einem Code, damit du kein Passwort in ein Terminal tippst.',
    en: 'The first time it asks for a code, so that you type no password into a terminal.',
  },
  laptopShow: { de: 'Code zeigen', en: 'Show a code' },
  laptopCode: {
    de: 'Dein Code, {minutes} Minuten lang und nur einmal gültig:',
    en: 'Your code, good for {minutes} minutes and only once:',
  },
  laptopSignOutHint: {
    de: 'Mit einem Code darf ein Rechner den Kurs {days} Tage lang lesen. Ist er verloren, oder gehört er dir nicht mehr, melde alle deine Rechner ab, für alle Kurse. Die Dateien darauf bleiben.',
    en: 'With a code a computer may read the course for {days} days. If it is lost, or not yours any more, sign out all your computers, for all courses. The files on them stay.',
  },
  laptopSignOut: { de: 'Alle meine Rechner abmelden', en: 'Sign out all my computers' },
  laptopsSignedOut: {
    de: 'Alle deine Rechner sind abgemeldet. Wer den Kurs dort wieder holen will, braucht einen neuen Code.',
    en: 'All your computers are signed out. Getting the course there again takes a new code.',
  },
  download: { de: 'Als ZIP laden', en: 'Download as ZIP' },

  sectionProblems: { de: 'Das ging nicht', en: 'This did not work' },
  sectionYours: { de: 'Deine Fassung ist geblieben', en: 'Your version stayed' },
  sectionMerged: { de: 'Zusammengeführt', en: 'Merged' },
  sectionNew: { de: 'Neu', en: 'New' },
  sectionUpdated: { de: 'Aktualisiert', en: 'Updated' },
  sectionRestored: { de: 'Wieder da', en: 'Back again' },
  sectionRenamed: { de: 'Umbenannt', en: 'Renamed' },
  sectionRemoved: { de: 'Nicht mehr im Kurs', en: 'No longer in the course' },
  sectionGone: { de: 'Wieder weg', en: 'Gone again' },
  sectionHeld: { de: 'Vorerst unverändert', en: 'Left alone for now' },
  more: { de: '{count} weitere', en: '{count} more' },

  countAdded: { de: '{count} neu', en: '{count} new' },
  countUpdated: { de: '{count} aktualisiert', en: '{count} updated' },
  countMerged: { de: '{count} zusammengeführt', en: '{count} merged' },
  countYours: { de: '{count} von dir behalten', en: '{count} of yours kept' },
  countRestored: { de: '{count} wieder da', en: '{count} back again' },
  countRenamed: { de: '{count} umbenannt', en: '{count} renamed' },
  countRemoved: { de: '{count} entfernt', en: '{count} removed' },
  countProblems: { de: '{count} mit Problem', en: '{count} with a problem' },

  copyAt: { de: 'Fassung des Kurses:', en: 'The course’s version:' },
  earlierAt: { de: 'Deine frühere Fassung:', en: 'Your earlier version:' },
  fromPath: { de: 'hieß bisher {from}', en: 'was {from} until now' },
  courseWanted: { de: 'Der Kurs wollte', en: 'The course wanted' },
  youHave: { de: 'Bei dir steht', en: 'You have' },
  nothingHere: { de: 'nichts', en: 'nothing' },
  showDeclined: { de: 'Was der Kurs wollte ({count})', en: 'What the course wanted ({count})' },
  atLines: { de: 'Zeilen {first}–{last}', en: 'Lines {first}–{last}' },
  atLine: { de: 'Zeile {first}', en: 'Line {first}' },
  inCell: { de: 'Zelle {cell}', en: 'Cell {cell}' },

  placeTitle: { de: 'Hier ist deine Datei', en: 'Here is your file' },
  placeTitleFolder: { de: 'Hier ist dein Kursordner', en: 'Here is your course folder' },
  placeLead: {
    de: 'Öffne sie mit dem Programm, mit dem du sonst arbeitest.',
    en: 'Open it with the program you usually work with.',
  },
  placeLeadFolder: {
    de: 'Öffne ihn mit dem Programm, mit dem du sonst arbeitest.',
    en: 'Open it with the program you usually work with.',
  },
  placeLabel: { de: 'Auf diesem Rechner', en: 'On this computer' },
  copyPath: { de: 'Pfad kopieren', en: 'Copy path' },
  copied: { de: 'Kopiert', en: 'Copied' },

  indexTitle: { de: 'Deine Kurse', en: 'Your courses' },
  indexLead: {
    de: 'Ein Klick bringt die Dateien des Kurses in deinen Ordner.',
    en: 'One click brings the course’s files into your folder.',
  },
  indexEmpty: {
    de: 'Hier ist noch kein Kurs eingerichtet.',
    en: 'No course has been set up here yet.',
  },
  getFiles: { de: 'Dateien holen', en: 'Get the files' },

  errorTitle: { de: 'Das hat nicht geklappt', en: 'That did not work' },
  errorTitleMissing: { de: 'Hier ist nichts', en: 'There is nothing here' },
  errorTitleStart: { de: 'Starte erst deinen Server', en: 'Start your server first' },
  errorTitleWait: { de: 'Gerade geht es nicht', en: 'Not just now' },
  openAnyway: { de: 'Trotzdem zu meinen Dateien', en: 'Go to my files anyway' },
  forTheTeam: { de: 'Für die Leute, die den Server betreuen', en: 'For the people who look after the server' },

  agoMoment: { de: 'vor einem Moment', en: 'a moment ago' },
  agoMinutes: { de: 'vor {count} Minuten', en: '{count} minutes ago' },
  agoHours: { de: 'vor {count} Stunden', en: '{count} hours ago' },
  agoDays: { de: 'vor {count} Tagen', en: '{count} days ago' },
} as const satisfies Record<string, Sentence>;
