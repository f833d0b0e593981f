/** What the command line says, apart from what a run did (notices.ts) and what went wrong (errors.ts). */
import type { CommandName } from './arguments.ts';
import type { Progress } from '../core/progress.ts';
import type { Sentence } from '../messages/language.ts';

export const progressSentences: Readonly<Record<Progress['step'], Sentence>> = {
  listing: { de: 'Kurs ansehen', en: 'Looking at the course' },
  fetching: { de: 'Dateien holen', en: 'Getting files' },
  saving: { de: 'Sichern', en: 'Saving' },
  checking: { de: 'Deine Dateien ansehen', en: 'Looking at your files' },
  merging: { de: 'Zusammenführen', en: 'Merging' },
  preparing: { de: 'Vorbereiten', en: 'Preparing' },
  writing: { de: 'Dateien ablegen', en: 'Putting files in place' },
  finishing: { de: 'Abschließen', en: 'Finishing' },
  starting: { de: 'Server starten', en: 'Starting the server' },
};

interface Help {
  readonly summary: Sentence;
  readonly details: Sentence;
  /** Complete command lines, one a line. */
  readonly examples: readonly string[];
}

export const helpTexts: Readonly<Record<CommandName, Help>> = {
  pull: {
    summary: { de: 'einen Kurs hierher holen oder auf den neuesten Stand bringen', en: 'get or update a course here' },
    details: {
      de: 'Ein Link (…/go/<Kurs>), wie Lehrende ihn verteilen, oder eine Quelle: die Seite des Kurses in Stud.IP, ILIAS, Canvas oder Moodle, Ordner, WebDAV, ZIP-Adresse, Git-Repository, rclone:….\nWas du geschrieben hast, bleibt: f2git führt es mit dem Neuen zusammen und überschreibt nichts.\n--dry-run zeigt nur, was geschähe. --open öffnet danach die Datei, die der Link nennt; --open=DATEI eine andere.\nAnmeldung: F2GIT_USER, F2GIT_PASSWORD, F2GIT_TOKEN oder --credentials DATEI (user: …, password: …, token: …).',
      en: 'A link (…/go/<course>) as lecturers share it, or a source: the page of a course in Stud.IP, ILIAS, Canvas or Moodle, a folder, WebDAV, a ZIP address, a git repository, rclone:….\nWhat you wrote stays: f2git merges it with what is new and overwrites nothing.\n--dry-run only shows what would happen. --open opens the file the link names afterwards; --open=FILE another one.\nTo sign in: F2GIT_USER, F2GIT_PASSWORD, F2GIT_TOKEN or --credentials FILE (user: …, password: …, token: …).',
    },
    examples: [
      'f2git pull https://hub.example.org/services/f2git/go/intro-python',
      'f2git pull https://cloud.example.org/s/AbCdEf123 intro-python',
      'f2git pull zip+https://example.org/course.zip',
      'f2git pull git+https://git.example.org/course.git@2026#exercises course',
      'f2git pull ./course-folder ./my-copy --dry-run',
    ],
  },
  status: {
    summary: {
      de: 'jede Datei: unverändert, deine, zusammengeführt, Kursfassung',
      en: 'each file: pristine, yours, merged, course copy',
    },
    details: {
      de: 'Zeigt für jede Datei des Kurses, wie sie zur letzten Fassung des Kurses steht, was der Kurs noch möchte, was daneben liegt und welche früheren Fassungen aufgehoben sind.',
      en: "Shows for each file of the course how it stands to the course's last version, what the course still wants, what lies beside, and which earlier versions are kept.",
    },
    examples: ['f2git status', 'f2git status intro-python --json'],
  },
  log: {
    summary: { de: 'was bisher geschah', en: 'what happened so far' },
    details: {
      de: 'Jeder Vorgang mit seiner Nummer, dem Zeitpunkt und dem, was er geändert hat. Die Nummer braucht `undo` und `take`.',
      en: 'Each run with its id, its time and what it changed. `undo` and `take` need the id.',
    },
    examples: ['f2git log', 'f2git log intro-python'],
  },
  undo: {
    summary: {
      de: 'einen Vorgang zurücknehmen (ohne Angabe: den letzten)',
      en: 'take a run back (the last one, unless named)',
    },
    details: {
      de: 'Stellt her, was vor dem Vorgang da war. Was du seitdem geändert hast, bleibt; die alte Fassung kommt dann daneben.\nNochmals `undo` mit der Nummer des Zurücknehmens holt alles wieder.',
      en: 'Puts back what was there before the run. What you changed since stays; the old version then comes beside it.\n`undo` with the id of the undo brings everything back again.',
    },
    examples: ['f2git undo', 'f2git undo intro-python 20261102T080000Z-1a2b3c4d'],
  },
  take: {
    summary: {
      de: 'die Fassung des Kurses oder eine frühere eigene nehmen',
      en: "take the course's version of a file, or an earlier one of yours",
    },
    details: {
      de: 'Ohne --from die Fassung des Kurses; --from <Vorgang> die eigene, die dieser Vorgang ersetzt hat. Mit --as kommt sie unter anderem Namen daneben, mit --cell nur diese Zelle eines Notebooks.\nWas vorher da war, ist gesichert: `f2git undo` holt es zurück.',
      en: "The course's version, unless --from <run> names the one of yours that this run replaced. With --as it comes beside, under another name; with --cell only this cell of a notebook.\nWhat was there before is kept: `f2git undo` brings it back.",
    },
    examples: [
      'f2git take week1/lab1.ipynb',
      'f2git take lab1.ipynb --cell 3f2a9c01',
      'f2git take notes.md --from 20261102T080000Z-1a2b3c4d',
      'f2git take week1/lab1.ipynb --as week1/lab1-fresh.ipynb',
    ],
  },
  serve: {
    summary: { de: 'der Server: Links, die Studierende anklicken', en: 'the server: links that students click' },
    details: {
      de: 'Ohne --config nimmt er f2git.yaml in diesem Ordner; gibt es keine, den Beispielkurs, nur auf diesem Rechner.',
      en: 'Without --config it takes f2git.yaml in this folder; if there is none, the example course, on this computer only.',
    },
    examples: ['f2git serve', 'f2git serve --config /etc/f2git/f2git.yaml', 'f2git serve --port 9000 --prefix /f2git/'],
  },
  sync: {
    summary: { de: 'Quelle → Kurs, jetzt', en: 'source → hidden repository, now' },
    details: {
      de: 'Fragt die Quelle sofort, ohne Rücksicht auf `freshness`, und nennt je Pfad, was nicht zu lesen war.',
      en: 'Asks the source at once, whatever `freshness` says, and names each path that could not be read.',
    },
    examples: ['f2git sync intro-python', 'f2git sync --all --config /etc/f2git/f2git.yaml'],
  },
  preview: {
    summary: { de: 'was Studierende zu einer Zeit bekommen', en: 'what students get at a given time' },
    details: {
      de: 'Die Dateien des Kurses und was sich gegen jetzt ändert. --at: 2026-11-02 08:00 in der Zeitzone des Kurses, oder mit Zone. --for GRUPPE oder GRUPPE,GRUPPE: was sieht, wer darin ist.',
      en: "The course's files and what changes against now. --at: 2026-11-02 08:00 in the course's time zone, or with an offset. --for GROUP or GROUP,GROUP: what those see who are in them.",
    },
    examples: ['f2git preview intro-python', 'f2git preview intro-python --at "2026-11-02 08:00"'],
  },
  confirm: {
    summary: { de: 'zurückgehaltene Löschungen freigeben', en: 'release held deletions' },
    details: {
      de: 'Verschwindet mehr als die Hälfte eines Kurses auf einmal, löscht f2git nichts, bis jemand es hier bestätigt.\nEs sieht zuerst nach, was jetzt da ist: Was zurückkam, bleibt; was erst eben verschwand, muss eigens bestätigt werden.\nOhne Server: den Ordner nennen, in den „f2git pull“ eine Quelle geholt hat (ohne Angabe: der, in dem du bist).',
      en: 'When more than half of a course vanishes at once, f2git deletes nothing until somebody confirms it here.\nIt first looks at what is there now: what came back stays; what vanished only just now must be confirmed on its own.\nWithout a server: name the folder "f2git pull" brought a source into (unless named, the one you are in).',
    },
    examples: ['f2git confirm intro-python', 'f2git confirm ./my-course', 'f2git confirm'],
  },
  purge: {
    summary: {
      de: 'etwas samt seiner Geschichte nicht mehr ausliefern',
      en: 'take something out of what is served, history included',
    },
    details: {
      de: 'Für das, was nie hätte veröffentlicht werden dürfen. Aus den Ordnern der Studierenden geht es mit ihrem nächsten Klick, wo sie nichts daran geändert hatten.',
      en: 'For what must never have been public. It leaves students’ homes with their next click, where they had not changed it.',
    },
    examples: ['f2git purge intro-python solutions/week01'],
  },
  link: {
    summary: { de: 'alle Adressen eines Kurses', en: 'every address of a course: click, ZIP, git, environment' },
    details: {
      de: 'Der Link für Studierende, die Adresse des ZIP, die für Git-Programme und die für Programme, die aus der Umgebung des Kurses ein Image bauen (repo2docker, BinderHub). --open nennt die Datei, die sich öffnet; --app lab, tree, notebook, rstudio oder vscode.\nDie letzten beiden enthalten die Erlaubnis, zu lesen, was dort steht: Wer sie hat, kann es. --for GRUPPE: was diese Gruppe sieht; --for GRUPPE,GRUPPE: was sieht, wer in beiden ist. --revoke macht alle bisherigen ungültig und zeigt neue, auch für eigene Rechner. --sign-out NAME meldet alle Rechner einer Person ab, für alle Kurse.\nMit „auth: links“ sagt der Link selbst, wer ihn öffnet: --person NAME,NAME zeigt für jede Person einen eigenen, der nur für diesen Kurs gilt, --days Tage lang (sonst 200). Wer ihn hat, gilt hier als diese Person: Schick ihn nur ihr. --revoke und --sign-out machen auch diese Links ungültig.',
      en: 'The link for students, the address of the ZIP, the one for git programs and the one for programs that build an image of the course’s environment (repo2docker, BinderHub). --open names the file that opens; --app lab, tree, notebook, rstudio or vscode.\nThe last two hold the permission to read what is there: whoever has one can. --for GROUP: what this group sees; --for GROUP,GROUP: what those see who are in both. --revoke makes all earlier ones invalid and shows new ones, for people’s own computers too. --sign-out NAME signs out all computers of a person, for all courses.\nWith "auth: links" the link itself says who opens it: --person NAME,NAME shows one for each person, good for this course alone and for --days days (else 200). Whoever has it counts as that person here: send it to nobody else. --revoke and --sign-out make these links invalid too.',
    },
    examples: [
      'f2git link intro-python',
      'f2git link intro-python --open week1/lab1.ipynb --app lab',
      'f2git link intro-python --for group-a,group-b',
      'f2git link intro-python --person anna,ben --days 120',
      "f2git link --from 'https://hub.example.org/hub/user-redirect/git-pull?repo=…'",
    ],
  },
  connect: {
    summary: {
      de: 'f2git bei der Plattform eines Kurses anmelden, mit dem Browser',
      en: "sign f2git in to a course's platform, by the browser",
    },
    details: {
      de: 'Für Kurse mit „oauth“ in der Konfiguration. Zeigt eine Adresse; wer den Kurs auf der Plattform sehen darf, öffnet sie und stimmt zu.\nIst der Browser auf einem anderen Rechner, füg hier die Adresse ein, bei der er am Ende ankommt, auch wenn er dort nichts zeigt.\nDanach erneuert f2git die Anmeldung selbst; die Schlüssel liegen in der Datei „token_file“.',
      en: 'For courses with "oauth" in the configuration. Shows an address; somebody who may see the course on the platform opens it and agrees.\nIf the browser is on another computer, paste the address here that it ends at, even if it shows nothing there.\nFrom then on f2git renews the sign-in itself; the keys are in the file "token_file".',
    },
    examples: ['f2git connect intro-python', 'f2git connect intro-python --config /etc/f2git/f2git.yaml'],
  },
  check: {
    summary: {
      de: 'Konfiguration, Zugänge, Rechte und jede Quelle prüfen',
      en: 'config, credentials, rights, and one live probe per source',
    },
    details: {
      de: 'Ändert nichts. Sagt je Punkt in einem Satz, was fehlt und was zu tun ist.',
      en: 'Changes nothing. Says for each point in one sentence what is wrong and what to do.',
    },
    examples: ['f2git check', 'f2git check --config /etc/f2git/f2git.yaml'],
  },
  'hub-config': {
    summary: { de: 'was ein JupyterHub über f2git wissen muss', en: 'what a JupyterHub must know of f2git' },
    details: {
      de: 'Der Block für die Konfiguration des Hubs: hub (jupyterhub_config.py), tljh (The Littlest JupyterHub), z2jh (values.yaml von Zero to JupyterHub); ohne Angabe alle drei. Danach den Hub neu starten.',
      en: "The block for the hub's own configuration: hub (jupyterhub_config.py), tljh (The Littlest JupyterHub), z2jh (values.yaml of Zero to JupyterHub); all three unless one is named. Then restart the hub.",
    },
    examples: ['f2git hub-config hub --config /etc/f2git/f2git.yaml', 'f2git hub-config tljh'],
  },
};

export const helpHeadings = {
  about: {
    de: 'f2git bringt die Dateien eines Kurses zu dir und lässt deine Arbeit, wie sie ist.',
    en: "f2git brings a course's files to you and leaves your work as it is.",
  },
  usage: { de: 'Aufruf', en: 'Usage' },
  commands: { de: 'Befehle', en: 'Commands' },
  flags: { de: 'Schalter', en: 'Flags' },
  examples: { de: 'Beispiele', en: 'Examples' },
  more: { de: 'Mehr zu einem Befehl: f2git <Befehl> --help', en: 'More about a command: f2git <command> --help' },
} as const satisfies Record<string, Sentence>;

/** What each flag of the command line means; `command flag` where it means something else in that command. */
export const flagTexts: Readonly<Record<string, Sentence>> = {
  json: { de: 'ein JSON-Dokument auf stdout', en: 'one JSON document on stdout' },
  quiet: { de: 'nur Fehler melden', en: 'say nothing but errors' },
  lang: { de: 'de oder en', en: 'de or en' },
  help: { de: 'diese Hilfe', en: 'this help' },
  open: { de: 'die Datei danach öffnen', en: 'open the file afterwards' },
  'dry-run': { de: 'nur zeigen, nichts ändern', en: 'only show, change nothing' },
  moved: {
    de: 'die Quelle ist umgezogen: derselbe Kurs an einer neuen Adresse',
    en: 'the source has moved: the same course at a new address',
  },
  credentials: { de: 'Datei mit user, password, token', en: 'file with user, password, token' },
  from: { de: 'course (der Kurs) oder die Nummer eines Vorgangs', en: 'course, or the id of a run' },
  as: { de: 'unter diesem Namen daneben', en: 'beside, under this name' },
  cell: { de: 'nur diese Zelle, mit der Kennung aus dem Bericht', en: 'only this cell, by its id in the report' },
  config: {
    de: 'Konfiguration (sonst f2git.yaml in diesem Ordner)',
    en: 'configuration (else f2git.yaml in this folder)',
  },
  port: { de: 'Port auf diesem Rechner', en: 'port on this computer' },
  prefix: { de: 'Pfad, unter dem alles liegt', en: 'path below which everything lives' },
  all: { de: 'alle Kurse', en: 'all courses' },
  at: { de: 'Zeitpunkt', en: 'point in time' },
  for: { de: 'Gruppe', en: 'group' },
  app: { de: 'lab, tree, notebook, rstudio, vscode', en: 'lab, tree, notebook, rstudio, vscode' },
  'link open': { de: 'die Datei, die der Link öffnet', en: 'the file the link opens' },
  'link from': {
    de: 'ein Link für nbgitpuller oder Binder: der Kurs, den er meint',
    en: 'a link for nbgitpuller or Binder: the course it means',
  },
  person: { de: 'ein eigener Link für jede dieser Personen', en: 'a link of their own for each of these people' },
  days: { de: 'wie viele Tage persönliche Links gelten', en: 'how many days personal links are good for' },
  'sign-out': { de: 'alle Rechner dieser Person abmelden', en: 'sign out all computers of this person' },
  revoke: { de: 'frühere Git-Adressen ungültig machen', en: 'make earlier git addresses invalid' },
  hub: { de: 'Adresse des JupyterHub', en: 'address of the JupyterHub' },
};

export const cliSentences = {
  needsCourse: {
    de: 'nenne einen Kurs oder --all; Kurse sind {courses}',
    en: 'name a course or --all; courses are {courses}',
  },
  previewAt: { de: '{title} am {at}, Dateien: {count}', en: '{title} at {at}, files: {count}' },
  nothingChanges: { de: 'Nichts ändert sich gegen jetzt.', en: 'Nothing changes against now.' },
  previewMarks: {
    de: '+ kommt dazu, - wird entfernt, · bleibt bei denen, die es schon haben',
    en: '+ is added, - is removed, · stays with those who have it already',
  },
  held: {
    de: 'Zurückgehaltene Löschungen: {count}; „f2git confirm {course}“ gibt sie frei:',
    en: 'Deletions held: {count}; "f2git confirm {course}" releases them:',
  },
  hiddenAtSource: {
    de: 'Zeigt die Quelle Studierenden noch nicht: {count}',
    en: 'Not shown to students by the source yet: {count}',
  },
  notReleasedYet: { de: 'Nach „release“ noch nicht frei: {count}', en: 'Not released yet, as "release" says: {count}' },
  takenBack: { de: 'Zurückgezogen: {count}', en: 'Taken back: {count}' },
  heldNow: {
    de: 'Erst seit eben zurückgehalten und nicht freigegeben, Löschungen: {count}. Sieh sie dir an; „{command}“ gibt sie frei:',
    en: 'Deletions held only since now and not released: {count}. Have a look at them; "{command}" releases them:',
  },
  courseIsIn: { de: 'Der Kurs liegt in {folder}', en: 'The course is in {folder}' },
  notThereYet: {
    de: 'Die Datei „{path}“, die der Link öffnen soll, ist hier (noch) nicht da.',
    en: 'The file "{path}" that the link is to open is not here (yet).',
  },
  readme: {
    de: 'Der Kurs liegt in {folder}. So beginnt {file}:',
    en: 'The course is in {folder}. This is how {file} begins:',
  },
  readmeGoesOn: { de: '… mehr steht in {file}', en: '… more is in {file}' },
  confirmHere: {
    de: 'Sind sie wirklich nicht mehr im Kurs? Dann bestätige es: {command}',
    en: 'Are they really no longer in the course? Then confirm it: {command}',
  },
  releasedHere: {
    de: 'Freigegebene Löschungen: {count}. Dort, wo du nichts geändert hast, verschwinden diese Dateien jetzt mit: {pull}',
    en: 'Deletions released: {count}. Where you changed nothing, these files now go with: {pull}',
  },
  nothingHeld: { de: 'Keine Löschung wird zurückgehalten.', en: 'No deletion is held.' },
  released: {
    de: 'Freigegebene Löschungen: {count}. Beim nächsten Klick verschwinden diese Dateien dort, wo niemand sie geändert hat.',
    en: 'Deletions released: {count}. With the next click these files go where nobody changed them.',
  },
  purged: {
    de: '„{path}“ wird nicht mehr ausgeliefert, auch nicht in der Geschichte. Kopien in Ordnern von Studierenden bleiben, bis sie wieder klicken, und eigene Änderungen bleiben immer.',
    en: '"{path}" is no longer served, history included. Copies in students’ homes stay until they click again, and their own changes always stay.',
  },
  notPurged: {
    de: 'Nicht herausgenommen ist, was der Kurs davon genauso auch hier anbietet: {places}. Soll auch das weg, lösche es dort im Kurs und versuche es nach dem nächsten Abgleich noch einmal, oder nenne den Ordner, in dem all diese Stellen liegen.',
    en: 'Not taken out is what of it the course offers in just the same way here, too: {places}. If that is to go, too, delete it there in the course and try again after the next refresh, or name the folder that all these places are in.',
  },
  dataClosed: {
    de: 'Der Datenordner „{folder}“ war für andere offen ({mode}); jetzt ist er es nicht mehr.',
    en: 'The data folder "{folder}" was open to others ({mode}); it no longer is.',
  },
  dataOpen: {
    de: 'Der Datenordner „{folder}“ ist für andere offen ({mode}), und f2git kann das nicht ändern: chmod o-rwx "{folder}"',
    en: 'The data folder "{folder}" is open to others ({mode}), and f2git cannot change that: chmod o-rwx "{folder}"',
  },
  synced: {
    de: '{course}: Dateien {count}, Anfragen {requests}, {state}',
    en: '{course}: files {count}, requests {requests}, {state}',
  },
  stateFresh: { de: 'eben gelesen', en: 'just read' },
  stateCached: { de: 'unverändert', en: 'unchanged' },
  stateUnreachable: { de: 'Quelle nicht erreichbar, letzter guter Stand', en: 'source unreachable, last good state' },
  incomplete: {
    de: 'Die Quelle hat nicht alles gezeigt; nichts wird deshalb gelöscht.',
    en: 'The source did not show everything; nothing is deleted because of that.',
  },
  noRuns: { de: 'Hier ist noch nichts geschehen.', en: 'Nothing has happened here yet.' },
} as const satisfies Record<string, Sentence>;

/** How a file stands, in `status`. */
export const fileStateSentences = {
  pristine: { de: 'unverändert', en: 'pristine' },
  yours: { de: 'deine', en: 'yours' },
  merged: { de: 'zusammengeführt', en: 'merged' },
  'course-copy': { de: 'Kursfassung', en: 'course copy' },
  missing: { de: 'fehlt', en: 'missing' },
  removed: { de: 'im Kurs entfernt', en: 'removed' },
  unreadable: { de: 'nicht lesbar', en: 'unreadable' },
} as const satisfies Record<string, Sentence>;

export const logSentences = {
  sync: { de: 'Kurs geholt', en: 'course updated' },
  undo: { de: 'zurückgenommen', en: 'undo' },
  take: { de: 'Fassung genommen', en: 'version taken' },
  changed: { de: 'Dateien: {count}', en: 'files: {count}' },
  undone: { de: 'ist zurückgenommen', en: 'has been undone' },
  interrupted: {
    de: 'unterbrochen; der nächste Vorgang hat ihn vollendet',
    en: 'interrupted; the next run completed it',
  },
  undoes: { de: 'nimmt {run} zurück', en: 'undoes {run}' },
  pruned: {
    de: 'alte Fassung von {path} aus {run} nicht mehr aufgehoben',
    en: 'old version of {path} from {run} kept no longer',
  },
  copyOf: { de: 'zu {path}', en: 'of {path}' },
  barred: {
    de: 'heißt im Kurs jetzt {path}; dort hast du etwas anderes',
    en: 'the course has it at {path} now, where you have something else',
  },
  keptOne: {
    de: 'eine frühere Fassung ist aufgehoben: take --from {run}',
    en: 'one earlier version is kept: take --from {run}',
  },
  kept: {
    de: '{count} frühere Fassungen sind aufgehoben, die neueste: take --from {run}',
    en: '{count} earlier versions are kept, the newest: take --from {run}',
  },
  unreadable: {
    de: 'Beschädigt und nicht mehr lesbar: {runs}. Deine Arbeit ist sicher; zurücknehmen lassen sich diese Vorgänge nicht mehr.',
    en: 'Damaged and not readable any more: {runs}. Your work is safe; these runs can no longer be taken back.',
  },
  left: { de: 'vom Kurs vielleicht entfernt', en: 'perhaps removed by the course' },
  pinned: { de: 'Kursfassung zurückgenommen', en: "course's version undone" },
  stillWanted: { de: 'Der Kurs möchte hier:', en: 'The course wants here:' },
  stillWantedGone: { de: 'Der Kurs möchte dies nicht mehr:', en: 'The course wants this gone:' },
  stillWantedGoneInCell: {
    de: 'Der Kurs möchte dies in Zelle {cell} nicht mehr:',
    en: 'The course wants this gone in cell {cell}:',
  },
  stillWantedInCell: { de: 'Der Kurs möchte in Zelle {cell}:', en: 'The course wants in cell {cell}:' },
} as const satisfies Record<string, Sentence>;

export const serveSentences = {
  running: { de: 'f2git läuft: {url}', en: 'f2git is running: {url}' },
  next: {
    de: 'Ein Klick auf einen Link legt den Kurs nach {home}/{workspace}. Ändere dort etwas, ändere den Kurs, klicke wieder: Beides ist da.',
    en: 'A click on a link puts the course into {home}/{workspace}. Change something there, change the course, click again: both are there.',
  },
  stop: { de: 'Beenden mit Strg-C.', en: 'Stop it with Ctrl-C.' },
  stopping: {
    de: 'Beende: Was gerade geschrieben wird, wird fertig.',
    en: 'Stopping: what is being written gets finished.',
  },
} as const satisfies Record<string, Sentence>;

/** About a pattern of the configuration that means no file, in `check` and `preview`. */
export const unmatchedSentence: Sentence = {
  de: '{key}: Das Muster „{pattern}“ trifft auf keine Datei zu; es gilt, sobald es eine gibt.[ Ist „{near}“ gemeint?]',
  en: '{key}: the pattern "{pattern}" means no file; it holds as soon as there is one.[ Did you mean "{near}"?]',
};

export const connectSentences = {
  codeWanted: {
    de: 'Dieser Kurs will wissen, wer du bist. Öffne diese Adresse im Browser, nimm „Auf dem eigenen Rechner“ und lass dir einen Code zeigen:',
    en: 'This course wants to know who you are. Open this address in a browser, choose “On your own computer” and have a code shown:',
  },
  code: { de: 'Code:', en: 'Code:' },
  codeAgain: {
    de: 'Dieser Code gilt nicht. Er besteht aus acht Buchstaben und Ziffern und gilt einmal.',
    en: 'This code is not valid. It has eight letters and digits and is good once.',
  },
  open: {
    de: 'Öffne diese Adresse im Browser, melde dich an und stimme zu. Endet er bei {redirect} und zeigt nichts, füg hier die Adresse aus seiner Zeile ein.',
    en: 'Open this address in a browser, sign in and agree. If it ends at {redirect} and shows nothing, paste the address it shows here.',
  },
  notIt: {
    de: 'Das ist nicht die Adresse, bei der der Browser ankommt; sie beginnt mit {redirect}.',
    en: 'That is not the address the browser ends at; it begins with {redirect}.',
  },
  pageDone: {
    de: 'f2git ist angemeldet. Du kannst diese Seite schließen.',
    en: 'f2git is signed in. You can close this page.',
  },
  pageRefused: {
    de: 'Die Anmeldung hat nicht geklappt. Im Fenster, in dem „f2git connect“ läuft, steht, warum.',
    en: 'The sign-in did not work. The window in which "f2git connect" runs says why.',
  },
  connected: {
    de: 'f2git ist für „{course}“ angemeldet; „f2git check“ zeigt, was es dort sieht.',
    en: 'f2git is signed in for "{course}"; "f2git check" shows what it sees there.',
  },
} as const satisfies Record<string, Sentence>;
