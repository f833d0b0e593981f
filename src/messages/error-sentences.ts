/** What people read when something went wrong: what happened · your work is safe · what to do. One sentence per code. */
import type { ErrorCode } from '../errors.ts';
import type { Sentence } from './language.ts';

/** Parts in `[…]` are said when their parameters are known. */
export const errorSentences: Readonly<Record<ErrorCode, Sentence>> = {
  usage: {
    de: 'Diesen Aufruf[ von „{command}“] versteht f2git nicht[: „{word}“ kennt es nicht][: „{extra}“ ist ein Wort zu viel][: „{argument}“ fehlt][: „{flag}“ braucht einen Wert][: „{open}“ ist kein Pfad in einem Kurs][: {detail}].[ Möglich ist: {possible}.] Es wurde nichts geändert, alle Arbeit ist sicher. Nimm den Link des Kurses noch einmal[, oder sieh mit „{help}“ nach, wie der Befehl lautet].',
    en: 'f2git does not understand this call[ of “{command}”][: it does not know “{word}”][: “{extra}” is one word too many][: “{argument}” is missing][: “{flag}” needs a value][: “{open}” is no path in a course][: {detail}].[ Possible is: {possible}.] Nothing was changed, all work is safe. Use the course’s link again[, or see “{help}” for how the command is written].',
  },
  'config-invalid': {
    de: 'In der Konfiguration stimmt[ bei „{key}“][ (Zeile {line})] etwas nicht[: {detail}]. Es wurde nichts geändert, alle Arbeit ist sicher. Berichtige die Datei; „f2git check“ prüft sie.',
    en: 'Something in the configuration is not right[ at “{key}”][ (line {line})][: {detail}]. Nothing was changed, all work is safe. Correct the file; “f2git check” examines it.',
  },
  'schedule-invalid': {
    de: 'Im Freigabeplan des Kurses stimmt[ bei „{key}“][ (Zeile {line})] etwas nicht[: {detail}]. Alle Arbeit ist sicher. Bis das berichtigt ist, gilt der letzte Plan ohne Fehler; gab es keinen, wird nichts Neues frei. Berichtige die Datei im Ordner des Kurses.',
    en: 'Something in the course’s release schedule is not right[ at “{key}”][ (line {line})][: {detail}]. All work is safe. Until it is corrected, the last schedule without a mistake holds; if there was none, nothing new is released. Correct the file in the course’s folder.',
  },
  'schedule-gone': {
    de: 'Die Datei mit dem Freigabeplan ist nicht mehr im Ordner des Kurses. Alle Arbeit ist sicher. Ihr letzter Plan gilt weiter, damit nichts zu früh frei wird. Soll er enden, leg sie mit der Zeile „release: []“ wieder hin.',
    en: 'The file with the release schedule is not in the course’s folder any more. All work is safe. Its last schedule goes on, so that nothing is released too early. To end it, put the file there again with the line “release: []”.',
  },
  'config-unreadable': {
    de: 'Die Konfigurationsdatei[ „{path}“] lässt sich nicht lesen[: {detail}]. Es wurde nichts geändert, alle Arbeit ist sicher. Prüfe, ob es sie gibt und ob f2git sie lesen darf.',
    en: 'The configuration file[ “{path}”] cannot be read[: {detail}]. Nothing was changed, all work is safe. Check that it exists and that f2git may read it.',
  },
  'address-not-understood': {
    de: 'Mit der Adresse[ {address}] kann f2git nichts anfangen[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Kopiere die Adresse des Kurses noch einmal aus dem Browser.',
    en: 'f2git cannot make sense of the address[ {address}][: {detail}]. Nothing was changed, your work is safe. Copy the address of the course from the browser again.',
  },
  'address-needs-login': {
    de: 'Die Adresse[ {address}] gilt nur für Angemeldete[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Gib die Zugangsdaten an (F2GIT_USER und F2GIT_PASSWORD oder F2GIT_TOKEN) oder nimm eine öffentliche Adresse.',
    en: 'The address[ {address}] is for people who are signed in[: {detail}]. Nothing was changed, your work is safe. Give the credentials (F2GIT_USER and F2GIT_PASSWORD, or F2GIT_TOKEN), or use a public address.',
  },
  'address-forbidden': {
    de: 'Zu dieser Adresse[ {address}] verbindet sich f2git nicht[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm eine andere Adresse; für eine im eigenen Netz kann die Verwaltung „allow_private_addresses“ setzen.',
    en: 'f2git does not connect to this address[ {address}][: {detail}]. Nothing was changed, your work is safe. Use another address; for one in the private network the administrator can set “allow_private_addresses”.',
  },
  'source-unsupported': {
    de: 'Kurse dieser Art[ ({system})] kann f2git noch nicht selbst lesen[: {address}][; {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Lege die Dateien in einen WebDAV- oder Nextcloud-Ordner, ein ZIP oder ein Git-Repository und nimm dessen Adresse.',
    en: 'f2git cannot read courses of this kind[ ({system})] by itself yet[: {address}][; {detail}]. Nothing was changed, your work is safe. Put the files into a WebDAV or Nextcloud folder, a ZIP or a git repository, and use its address.',
  },
  'credentials-invalid': {
    de: 'Mit den Zugangsdaten[ aus „{file}“][ für {address}] stimmt etwas nicht[: „{part}“ fehlt oder ist unbrauchbar][: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Gib sie in einer Datei oder mit F2GIT_USER, F2GIT_PASSWORD oder F2GIT_TOKEN an, nie in der Adresse.',
    en: 'Something is wrong with the credentials[ from “{file}”][ for {address}][: “{part}” is missing or cannot be used][: {detail}]. Nothing was changed, your work is safe. Give them in a file or with F2GIT_USER, F2GIT_PASSWORD or F2GIT_TOKEN, never in the address.',
  },
  'course-unknown': {
    de: 'Den Kurs[ „{course}“] gibt es hier nicht.[ Es gibt: {known}.] Deine Arbeit ist sicher. Prüfe den Link oder frag, wer ihn dir gegeben hat.',
    en: 'There is no course[ “{course}”] here.[ There are: {known}.] Your work is safe. Check the link, or ask whoever gave it to you.',
  },
  'file-unknown': {
    de: 'Die Datei[ „{path}“][ „{file}“] gibt es in diesem Kurs nicht[, auch nicht im Vorgang {run}]. Deine Arbeit ist sicher. Prüfe den Namen[; „{list}“ zeigt alle Dateien].',
    en: 'There is no file[ “{path}”][ “{file}”] in this course[, nor in the run {run}]. Your work is safe. Check the name[; “{list}” shows all files].',
  },
  'file-elsewhere': {
    de: 'Dasselbe[ wie unter „{path}“] bietet der Kurs auch anderswo an[: {places}]. Es wurde nichts herausgenommen, deine Arbeit ist sicher. Lösche es dort im Kurs und versuche es nach dem nächsten Abgleich noch einmal, oder nenne den Ordner, in dem all diese Stellen liegen.',
    en: 'The course offers the same[ as at “{path}”] elsewhere, too[: {places}]. Nothing was taken out, your work is safe. Delete it there in the course and try again after the next refresh, or name the folder that all these places are in.',
  },
  'cell-unknown': {
    de: 'Die Zelle[ „{cell}“][ in „{path}“] gibt es nicht mehr, oder der Kurs hat keine Fassung davon. Deine Arbeit ist sicher. Klicke den Link des Kurses noch einmal an und sieh nach, was er anders möchte.',
    en: 'The cell[ “{cell}”][ in “{path}”] is not there any more, or the course has no version of it. Your work is safe. Click the course’s link again and see what it wants otherwise.',
  },
  'course-elsewhere': {
    de: 'Von hier aus ist die Fassung des Kurses nicht zu erreichen: Dieser Ordner[ „{workspace}“] bekam den Kurs von einem Server. Deine Arbeit ist sicher. Öffne den Link des Kurses und wähle dort „Fassung des Kurses nehmen“.',
    en: 'The course’s version cannot be reached from here: a server brought the course into this folder[ “{workspace}”]. Your work is safe. Open the course’s link and choose “Take the course’s version” there.',
  },
  'confirm-elsewhere': {
    de: 'Zurückgehaltene Löschungen lassen sich hier nicht freigeben: Dieser Ordner[ „{workspace}“] bekam den Kurs von einem Server. Deine Arbeit ist sicher. Bitte die Leute, die den Kurs betreuen, dort „f2git confirm“ mit dem Namen des Kurses aufzurufen.',
    en: 'Held deletions cannot be released here: a server brought the course into this folder[ “{workspace}”]. Your work is safe. Ask those who look after the course to call “f2git confirm” with the name of the course there.',
  },
  'address-not-kept': {
    de: 'Die Adresse, von der dieser Ordner[ „{workspace}“] den Kurs bekam, öffnet den Kurs für alle, die sie kennen; deshalb steht sie nur in den Einstellungen der Person, die ihn geholt hat, auf deren Rechner. Deine Arbeit ist sicher. Hole den Kurs noch einmal mit „f2git pull“ und dieser Adresse in diesen Ordner.',
    en: 'The address this folder[ “{workspace}”] got the course from opens it to all who know it; it is therefore only in the settings of the person who pulled it, on their computer. Your work is safe. Pull the course once more into this folder, with “f2git pull” and that address.',
  },
  'run-unknown': {
    de: 'Es gibt[ hier in „{workspace}“] keinen Vorgang[ {run}], der etwas geändert hat, oder er ist nicht mehr aufgehoben. Deine Arbeit ist sicher. Der Link des Kurses beginnt einen neuen[; „{log}“ zeigt die früheren].',
    en: 'There is no run[ {run}] that changed anything[ here in “{workspace}”], or it is no longer kept. Your work is safe. The course’s link starts a new one[; “{log}” shows the earlier ones].',
  },
  'data-in-use': {
    de: 'Mit dem Datenordner[ „{folder}“] arbeitet schon ein anderer f2git-Server. Es wurde nichts geändert, alle Arbeit ist sicher. Beende den anderen, oder gib diesem mit „data“ in der Konfiguration einen eigenen Ordner.',
    en: 'Another f2git server is already at work in the data folder[ “{folder}”]. Nothing was changed, all work is safe. Stop the other one, or give this one a folder of its own with “data” in the configuration.',
  },
  'data-refused': {
    de: 'Den Datenordner[ „{folder}“] kann f2git so nicht benutzen[: {detail}][: {reason}]. Es wurde nichts geändert, alle Arbeit ist sicher. Gib dem Benutzer, unter dem f2git läuft, einen Ordner, der ihm allein gehört (chmod 700), und nenn ihn mit „data“ in der Konfiguration.',
    en: 'f2git cannot use the data folder[ “{folder}”] as it is[: {detail}][: {reason}]. Nothing was changed, all work is safe. Give the user f2git runs as a folder of its own (chmod 700), and name it with “data” in the configuration.',
  },
  'port-in-use': {
    de: 'Die Adresse[ {address}] ist schon belegt[: {detail}]. Alle Arbeit ist sicher. Beende das andere Programm oder wähle mit „--port“ eine andere Nummer.',
    en: 'The address[ {address}] is already in use[: {detail}]. All work is safe. Stop the other program, or choose another number with “--port”.',
  },
  'workspace-missing': {
    de: 'Hier ist kein Kurs[: „{path}“]. Es wurde nichts geändert, deine Arbeit ist sicher. Geh in den Ordner des Kurses oder hol ihn mit „f2git pull“.',
    en: 'There is no course here[: “{path}”]. Nothing was changed, your work is safe. Go to the course’s folder, or get it with “f2git pull”.',
  },
  'folder-removed': {
    de: 'Den Ordner, in dem du bist[, „{path}“,] gibt es nicht mehr. Es wurde nichts geändert, deine Arbeit ist sicher. Geh in einen anderen und nimm den Befehl dort noch einmal.',
    en: 'The folder you are in[, “{path}”,] is no longer there. Nothing was changed, your work is safe. Go to another one and use the command again there.',
  },
  'workspace-not-a-folder': {
    de: 'Wo der Ordner des Kurses liegen soll[, „{workspace}“][, „{path}“], ist eine Datei oder ein Verweis. Sie bleibt, wie sie ist, deine Arbeit ist sicher. Benenne sie um oder wähle einen anderen Ordner.',
    en: 'Where the course’s folder belongs[, “{workspace}”][, “{path}”], there is a file or a link. It stays as it is, your work is safe. Rename it, or choose another folder.',
  },
  'workspace-state-refused': {
    de: 'Der Ordner „.f2git“[ in „{workspace}“] ist keiner, mit dem dieses f2git umgehen kann[: {why}]. Er bleibt, wie er ist, deine Arbeit ist sicher. Nimm eine neuere Fassung von f2git; ist der Ordner nicht von f2git, benenne ihn um.',
    en: 'The folder “.f2git”[ in “{workspace}”] is not one this f2git can work with[: {why}]. It stays as it is, your work is safe. Use a newer version of f2git; if the folder is not f2git’s, rename it.',
  },
  'workspace-state-lost': {
    de: 'Was f2git über diesen Ordner weiß[, „{workspace}“], ist beschädigt. Deine Arbeit ist sicher, es wurde nichts geändert. Hol den Kurs noch einmal; dabei findet f2git es aus den Dateien wieder heraus.',
    en: 'What f2git knows about this folder[, “{workspace}”], is damaged. Your work is safe, nothing was changed. Get the course once more; f2git finds it out again from the files.',
  },
  'workspace-other-course': {
    de: 'Der Ordner[ „{workspace}“] gehört zu einem anderen Kurs[: „{course}“]. Es wurde nichts geändert, deine Arbeit ist sicher. Wähle für diesen Kurs[ („{wanted}“)] einen anderen Ordner[; ist es derselbe, nur umgezogen, nimm „{moved}“].',
    en: 'The folder[ “{workspace}”] belongs to another course[: “{course}”]. Nothing was changed, your work is safe. Choose another folder for this course[ (“{wanted}”)][; if it is the same one, only moved, use “{moved}”].',
  },
  'workspace-is-source': {
    de: 'Der Ordner für dich[, „{workspace}“,] und der des Kurses[, „{path}“,] liegen ineinander. Es wurde nichts geändert, deine Arbeit ist sicher. Einer von beiden muss woanders liegen[: „{command}“].',
    en: 'The folder for you[, “{workspace}”,] and the course’s[, “{path}”,] lie in one another. Nothing was changed, your work is safe. One of the two has to be elsewhere[: “{command}”].',
  },
  'target-refused': {
    de: 'Unter dem Namen[ „{path}“] kann f2git hier nichts ablegen[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Nenne einen Namen im Ordner des Kurses, zum Beispiel „week1/lab1-neu.ipynb“.',
    en: 'f2git can put nothing here under the name[ “{path}”][: {detail}]. Nothing was changed, your work is safe. Choose a name in the course’s folder, such as “week1/lab1-fresh.ipynb”.',
  },
  'file-present': {
    de: 'Dort[, „{path}“,] liegt schon etwas. Es bleibt, wie es ist, deine Arbeit ist sicher. Nenne einen anderen Namen.',
    en: 'Something is there already[, at “{path}”]. It stays as it is, your work is safe. Choose another name.',
  },
  'workspace-busy': {
    de: 'In diesem Ordner[ „{workspace}“] arbeitet gerade schon ein f2git. Deine Arbeit ist sicher. Warte einen Augenblick und versuch es noch einmal.',
    en: 'Another f2git is working in this folder[ “{workspace}”] right now. Your work is safe. Wait a moment and try again.',
  },
  'workspace-unreadable': {
    de: 'Der Ordner des Kurses[ „{workspace}“] lässt sich nicht lesen[: {errno}]. Was da ist, bleibt, wie es ist, deine Arbeit ist sicher. Prüfe, ob er und alles im Ordner „.f2git“ darin dir gehört, oder frag die Verwaltung; dann versuch es noch einmal.',
    en: 'The course’s folder[ “{workspace}”] cannot be read[: {errno}]. What is there stays as it is, your work is safe. Check that it is yours, and all in the folder “.f2git” in it, or ask the administrator; then try again.',
  },
  'workspace-unwritable': {
    de: 'In den Ordner[ „{workspace}“][ „{path}“] lässt sich nicht schreiben[ ({errno})][: {detail}]. Was da ist, bleibt, wie es ist, deine Arbeit ist sicher. Prüfe, ob der Ordner dir gehört, oder frag die Verwaltung; dann versuch es noch einmal.',
    en: 'The folder[ “{workspace}”][ “{path}”] cannot be written to[ ({errno})][: {detail}]. What is there stays as it is, your work is safe. Check that the folder is yours, or ask the administrator; then try again.',
  },
  'disk-full': {
    de: 'Der Speicherplatz reicht nicht[: Es fehlen {missing} MB][ in „{workspace}“]. Alles bleibt, wie es ist, deine Arbeit ist sicher. Lösche, was du nicht mehr brauchst, und versuch es noch einmal.',
    en: 'There is not enough space[: {missing} MB more are needed][ in “{workspace}”]. Everything stays as it is, your work is safe. Delete what you no longer need, and try again.',
  },
  'file-changed-meanwhile': {
    de: 'Die Datei[ „{path}“] wurde gerade gespeichert, während f2git an ihr arbeiten wollte. Deine Fassung ist geblieben, deine Arbeit ist sicher. Versuch es noch einmal, dann kommt auch die Änderung des Kurses.',
    en: 'The file[ “{path}”] was saved just while f2git was about to work on it. Your version stayed, your work is safe. Try again, and the course’s change comes as well.',
  },
  'file-unreadable': {
    de: 'Deine Datei[ „{path}“] lässt sich nicht lesen[: {detail}]. Sie bleibt, wie sie ist, deine Arbeit ist sicher. Prüfe ihre Rechte, oder warte, bis sie gespeichert ist, und versuch es noch einmal.',
    en: 'Your file[ “{path}”] cannot be read[: {detail}]. It stays as it is, your work is safe. Check its permissions, or wait until it is saved, and try again.',
  },
  'place-unreadable': {
    de: 'Diese Datei des Kurses kann gerade nicht kommen, weil sich deine Datei[ „{detail}“] nicht lesen lässt. Deine bleibt, wie sie ist, deine Arbeit ist sicher. Prüfe ihre Rechte, oder warte, bis sie gespeichert ist, und versuch es noch einmal.',
    en: 'This file of the course cannot come just now, because your file[ “{detail}”] cannot be read. Yours stays as it is, your work is safe. Check its permissions, or wait until it is saved, and try again.',
  },
  'source-unreachable': {
    de: 'Die Ablage des Kurses[ ({address})][ („{path}“)] antwortet gerade nicht[: {detail}][ (HTTP {status})]. Deine Arbeit ist sicher, du kannst mit dem weiterarbeiten, was du hast. Versuch es später noch einmal.',
    en: 'The place where the course keeps its files[ ({address})][ (“{path}”)] is not answering just now[: {detail}][ (HTTP {status})]. Your work is safe, you can go on with what you have. Try again later.',
  },
  'source-host-unknown': {
    de: 'Einen Rechner[ namens „{host}“] gibt es nicht[ ({address})]. Deine Arbeit ist sicher, du kannst mit dem weiterarbeiten, was du hast. Prüfe die Adresse auf Tippfehler; stimmt sie, prüfe, ob dieser Rechner im Netz ist.',
    en: 'There is no host[ named “{host}”][ ({address})]. Your work is safe, you can go on with what you have. Check the address for a typing mistake; if it is right, check that this computer is online.',
  },
  'source-program-missing': {
    de: 'Das Programm[ „{program}“], mit dem dieser Kurs gelesen wird, ist auf diesem Rechner nicht installiert. Deine Arbeit ist sicher, du kannst mit dem weiterarbeiten, was du hast. Wer den Server betreut, muss es installieren.',
    en: 'The program[ “{program}”] that reads this course is not installed on this computer. Your work is safe, you can go on with what you have. Whoever looks after the server has to install it.',
  },
  'source-not-configured': {
    de: 'Die Ablage des Kurses[ ({address})] ist auf diesem Rechner nicht eingerichtet[: {detail}]. Deine Arbeit ist sicher, du kannst mit dem weiterarbeiten, was du hast. Prüfe den Namen; stimmt er, muss, wer den Server betreut, die Einrichtung in Ordnung bringen.',
    en: 'The place where the course keeps its files[ ({address})] is not set up on this computer[: {detail}]. Your work is safe, you can go on with what you have. Check the name; if it is right, whoever looks after the server has to put the setup in order.',
  },
  'source-login': {
    de: 'Die Ablage des Kurses[ ({address})][ („{path}“)] verlangt eine gültige Anmeldung[: {detail}][ (HTTP {status})]. Deine Arbeit ist sicher. Prüfe die Zugangsdaten[ ({variables} oder --credentials)][: „{lacking}“ fehlt], oder bitte die, die den Kurs betreuen, sie zu erneuern.',
    en: 'The place where the course keeps its files[ ({address})][ (“{path}”)] wants a valid sign-in[: {detail}][ (HTTP {status})]. Your work is safe. Check the credentials[ ({variables}, or --credentials)][: “{lacking}” is missing], or ask those who look after the course to renew them.',
  },
  'source-forbidden': {
    de: 'Die Ablage des Kurses[ ({address})][ („{path}“)] gibt die Dateien nicht heraus[: {detail}][ (HTTP {status})]. Deine Arbeit ist sicher, nichts wird entfernt. Wer den Kurs betreut, muss dort das Lesen erlauben.',
    en: 'The place where the course keeps its files[ ({address})][ (“{path}”)] does not give them out[: {detail}][ (HTTP {status})]. Your work is safe, nothing is removed. Whoever looks after the course has to permit reading there.',
  },
  'source-not-found': {
    de: 'Dort, wo die Dateien des Kurses liegen sollen[ ({address})][ („{path}“)], gibt es sie nicht[: {detail}][: {missing} fehlt][ (HTTP {status})].[ Zweige sind: {branches}.] Deine Arbeit ist sicher, nichts wird entfernt. Prüfe die Adresse, oder sag es denen, die den Kurs betreuen.',
    en: 'The course’s files are not where they should be[ ({address})][ (“{path}”)][: {detail}][: {missing} is missing][ (HTTP {status})].[ Branches are: {branches}.] Your work is safe, nothing is removed. Check the address, or tell those who look after the course.',
  },
  'source-throttled': {
    de: 'Die Ablage des Kurses[ ({address})] bittet um Geduld[, etwa {seconds} s][: {detail}]. Deine Arbeit ist sicher. Versuch es dann noch einmal.',
    en: 'The place where the course keeps its files[ ({address})] asks for patience[, about {seconds} s][: {detail}]. Your work is safe. Try again then.',
  },
  'source-invalid': {
    de: 'Die Ablage des Kurses[ ({address})][ („{path}“)] hat[ bei „{name}“] etwas geantwortet, das sich nicht verstehen lässt[: {detail}][ (HTTP {status})]. Deine Arbeit ist sicher, nichts wird entfernt. Versuch es später noch einmal; bleibt es so, sag es denen, die den Kurs betreuen.',
    en: 'The place where the course keeps its files[ ({address})][ (“{path}”)] gave an answer that cannot be understood[, at “{name}”][: {detail}][ (HTTP {status})]. Your work is safe, nothing is removed. Try again later; if it stays like this, tell those who look after the course.',
  },
  'source-truncated': {
    de: 'Eine Datei des Kurses[, „{name}“,] kam nicht vollständig an[ ({address})][: {detail}]. Deine Arbeit ist sicher, nichts Halbes wurde abgelegt. Versuch es noch einmal.',
    en: 'A file of the course[, “{name}”,] did not arrive whole[ ({address})][: {detail}]. Your work is safe, nothing half done was put in place. Try again.',
  },
  'source-changed': {
    de: 'Der Kurs wurde gerade geändert, während f2git ihn las[ ({address})][: {detail}]. Deine Arbeit ist sicher. Versuch es noch einmal.',
    en: 'The course was changed just while f2git was reading it[ ({address})][: {detail}]. Your work is safe. Try again.',
  },
  'source-gone': {
    de: 'Eine Datei des Kurses[, „{path}“,] war gerade noch da und ist es nicht mehr[: {detail}]. Deine Arbeit ist sicher, in deinem Ordner bleibt alles, wie es ist. Versuch es später noch einmal.',
    en: 'A file of the course[, “{path}”,] was there a moment ago and is not any more[: {detail}]. Your work is safe, everything in your folder stays as it is. Try again later.',
  },
  'source-incomplete': {
    de: 'Nicht alles im Kurs[ („{path}“)] war lesbar[: {detail}]. Deine Arbeit ist sicher, und was nicht lesbar war, bleibt bei dir, wie es ist. Versuch es später noch einmal.',
    en: 'Not all of the course[ (“{path}”)] could be read[: {detail}]. Your work is safe, and what could not be read stays with you as it is. Try again later.',
  },
  'source-empty': {
    de: 'Der Kurs[ ({address})] enthält keine Dateien. Deine Arbeit ist sicher, nichts wird entfernt. Prüfe die Adresse, oder sag es denen, die den Kurs betreuen.',
    en: 'The course[ ({address})] holds no files. Your work is safe, nothing is removed. Check the address, or tell those who look after the course.',
  },
  'too-large': {
    de: 'Der Kurs oder eine Datei darin[, „{path}“,][, „{name}“,] ist größer als erlaubt[ ({address})][: {detail}][: mehr als {limit} Bytes][: {files} Dateien][: {folders} Ordner][ ({found} statt höchstens {most})]. Deine Arbeit ist sicher, alles andere geht weiter. Wer den Kurs betreut, kann verkleinern oder die Grenze ändern lassen.',
    en: 'The course, or a file in it[, “{path}”,][, “{name}”,] is larger than allowed[ ({address})][: {detail}][: more than {limit} bytes][: {files} files][: {folders} folders][ ({found} instead of at most {most})]. Your work is safe, everything else goes on. Whoever looks after the course can make it smaller or have the limit changed.',
  },
  'name-refused': {
    de: 'Unter ihrem Namen[, „{path}“,][, „{name}“,] lässt sich eine Datei des Kurses nicht ablegen[: {detail}]. Deine Arbeit ist sicher, alle anderen Dateien kommen. Wer den Kurs betreut, muss sie umbenennen.',
    en: 'A file of the course cannot be stored under its name[, “{path}”][, “{name}”][: {detail}]. Your work is safe, all other files come. Whoever looks after the course has to rename it.',
  },
  'place-occupied': {
    de: 'Diese Datei des Kurses[, „{path}“,] kann noch nicht kommen: An ihrem Platz hatte der Kurs etwas anderes, und ob das wirklich weg ist, steht noch nicht fest. Deine Arbeit ist sicher, alle anderen Dateien kommen. Sobald es feststeht, kommt auch sie[; wer den Kurs betreut, bestätigt es mit „{command}“].',
    en: 'This file of the course[, “{path}”,] cannot come yet: in its place the course had something else, and it is not certain that this is really gone. Your work is safe, all other files come. Once that is certain, it comes as well[; whoever looks after the course confirms it with “{command}”].',
  },
  'kind-refused': {
    de: 'Im Kurs liegt[ unter „{path}“] etwas, das keine gewöhnliche Datei ist[: {kind}]. Deine Arbeit ist sicher, alle anderen Dateien kommen. Wer den Kurs betreut, kann stattdessen die Datei selbst ablegen.',
    en: 'The course holds something[ at “{path}”] that is not an ordinary file[: {kind}]. Your work is safe, all other files come. Whoever looks after the course can put the file itself there.',
  },
  'lfs-pointer': {
    de: 'Von der Datei[ „{path}“] liegt im Kurs nur ein Verweis (Git LFS), nicht der Inhalt. Deine Arbeit ist sicher, alle anderen Dateien kommen. Wer den Kurs betreut, muss die Datei ohne LFS ablegen.',
    en: 'Of the file[ “{path}”] the course holds only a pointer (Git LFS), not the content. Your work is safe, all other files come. Whoever looks after the course has to store it without LFS.',
  },
  'object-missing': {
    de: 'Ein Inhalt des Kurses fehlt auf dem Server oder ist beschädigt. Deine Arbeit ist sicher. Versuch es noch einmal, dann wird er neu geholt.',
    en: 'Some content of the course is missing on the server or damaged. Your work is safe. Try again, and it is fetched anew.',
  },
  'repository-newer': {
    de: 'Die Daten dieses Kurses stammen von einer neueren Fassung von f2git[ (Format {version})]. Sie bleiben, wie sie sind, alle Arbeit ist sicher. Nimm die neuere Fassung.',
    en: 'The data of this course were written by a newer version of f2git[ (format {version})]. They stay as they are, all work is safe. Use the newer version.',
  },
  'repository-busy': {
    de: 'Der Kurs wird gerade schon neu eingelesen. Deine Arbeit ist sicher. Warte einen Augenblick und versuch es noch einmal.',
    en: 'The course is being read already. Your work is safe. Wait a moment and try again.',
  },
  'repository-unwritable': {
    de: 'Die Daten des Kurses lassen sich nicht speichern[ („{path}“)][: {detail}][ ({reason})]. Deine Arbeit ist sicher. Versuch es später noch einmal; wer f2git betreibt, muss Platz und Rechte des Datenordners prüfen.',
    en: 'The course’s data cannot be stored[ (“{path}”)][: {detail}][ ({reason})]. Your work is safe. Try again later; whoever runs f2git has to check space and permissions of the data folder.',
  },
  'ref-changed': {
    de: 'Der Kurs wurde gleichzeitig von anderer Stelle erneuert. Deine Arbeit ist sicher. Versuch es noch einmal.',
    en: 'The course was renewed from elsewhere at the same time. Your work is safe. Try again.',
  },
  'login-needed': {
    de: 'Dafür musst du angemeldet sein. Deine Arbeit ist sicher. Melde dich an und nimm den Link noch einmal; wer einen persönlichen Link hat, nimmt den.',
    en: 'You have to be signed in for this. Your work is safe. Sign in and use the link again; if you have a personal link, use that one.',
  },
  'login-failed': {
    de: 'Die Anmeldung über JupyterHub hat nicht geklappt[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal; klappt es wieder nicht, frag die Leute, die den Hub betreuen.',
    en: 'Signing in through JupyterHub did not work[: {detail}]. Nothing was changed, your work is safe. Use the course’s link again; if it fails again, ask the people who look after the hub.',
  },
  'link-refused': {
    de: 'Dieser persönliche Link gilt nicht oder nicht mehr. Es wurde nichts geändert, deine Arbeit ist sicher. Bitte die Leute, die den Kurs betreuen, um einen neuen.',
    en: 'This personal link is not valid, or not any more. Nothing was changed, your work is safe. Ask the people who look after the course for a new one.',
  },
  'link-of-other': {
    de: 'In diesem Browser ist schon jemand anderes angemeldet[: {name}]. Es wurde nichts geändert, deine Arbeit ist sicher. Ist das hier dein Link, dann melde die andere Person zuerst ab (auf der Seite des Kurses, ganz oben), oder nimm einen anderen Browser.',
    en: 'Somebody else is signed in in this browser already[: {name}]. Nothing was changed, your work is safe. If this link is yours, sign the other person out first (on the page of the course, at the top), or use another browser.',
  },
  'code-needed': {
    de: 'Dieser Kurs will wissen, wer du bist. Es wurde nichts geändert, deine Arbeit ist sicher. Öffne den Link des Kurses[ ({url})] im Browser, nimm „Auf dem eigenen Rechner“, lass dir dort einen Code zeigen, und nimm den Befehl in einem Terminal noch einmal.',
    en: 'This course wants to know who you are. Nothing was changed, your work is safe. Open the course’s link[ ({url})] in a browser, choose “On your own computer”, have a code shown there, and use the command in a terminal again.',
  },
  'link-unencrypted': {
    de: 'Dieser Kurs will wissen, wer du bist, aber sein Link[ ({url})] ist unverschlüsselt: Ein Code könnte unterwegs gelesen werden. Es wurde nichts gesendet und nichts geändert, deine Arbeit ist sicher. Nimm seine https-Adresse.',
    en: 'This course wants to know who you are, but its link[ ({url})] is not encrypted: a code could be read on its way. Nothing was sent and nothing changed, your work is safe. Use its https address.',
  },
  'code-refused': {
    de: 'Dieser Code gilt nicht oder nicht mehr. Es wurde nichts geändert, deine Arbeit ist sicher. Lass dir auf der Seite des Kurses einen neuen zeigen.',
    en: 'This code is not valid, or not any more. Nothing was changed, your work is safe. Have a new one shown on the course’s page.',
  },
  'platform-login-needed': {
    de: 'Dieser Kurs zeigt allen ihre eigenen Dateien, und du hast dich dafür noch nicht auf seiner Lernplattform angemeldet. Es wurde nichts geändert, deine Arbeit ist sicher. Öffne den Link des Kurses im Browser und melde dich an.',
    en: 'This course shows everybody their own files, and you have not signed in at its learning platform for that yet. Nothing was changed, your work is safe. Open the course’s link in a browser and sign in.',
  },
  'platform-login-failed': {
    de: 'Die Anmeldung auf der Lernplattform hat nicht geklappt. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal; klappt es wieder nicht, frag die Leute, die den Kurs betreuen.',
    en: 'Signing in at the learning platform did not work. Nothing was changed, your work is safe. Use the course’s link again; if it fails again, ask the people who look after the course.',
  },
  'hub-unreachable': {
    de: 'JupyterHub antwortet f2git gerade nicht[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Versuch es in ein paar Minuten noch einmal.',
    en: 'JupyterHub is not answering f2git just now[: {detail}]. Nothing was changed, your work is safe. Try again in a few minutes.',
  },
  'account-refused': {
    de: 'f2git kann nicht sicher sagen, welches Home auf diesem Rechner zu dieser Person[ („{user}“)] gehört[: {detail}]. Es wurde nichts geändert, deine Arbeit ist sicher. Zeig diese Seite den Leuten, die den Hub betreuen.',
    en: 'f2git cannot say for certain which home on this machine belongs to this person[ (“{user}”)][: {detail}]. Nothing was changed, your work is safe. Show this page to the people who look after the hub.',
  },
  'home-missing': {
    de: 'Dein Home gibt es noch nicht: Der Hub legt es an, wenn dein Server zum ersten Mal startet. Es wurde nichts geändert, deine Arbeit ist sicher. Starte deinen Server (fragt der Hub, welchen, dann nimm den, den dein Kurs braucht) und nimm dann den Link noch einmal.',
    en: 'Your home does not exist yet: the hub makes it when your server starts for the first time. Nothing was changed, your work is safe. Start your server (where the hub asks which one, take the one your course needs), then use the link again.',
  },
  'request-refused': {
    de: 'Diese Anfrage kam nicht von einer Seite von f2git[ ({why})]. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal.',
    en: 'This request did not come from a page of f2git[ ({why})]. Nothing was changed, your work is safe. Use the course’s link again.',
  },
  'page-unknown': {
    de: 'Die Seite[ „{page}“] gibt es hier nicht. Deine Arbeit ist sicher. Prüfe den Link oder frag, wer ihn dir gegeben hat.',
    en: 'There is no page[ “{page}”] here. Your work is safe. Check the link, or ask whoever gave it to you.',
  },
  'method-refused': {
    de: 'Diese Adresse nimmt eine solche Anfrage nicht an. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal.',
    en: 'This address does not take such a request. Nothing was changed, your work is safe. Use the course’s link again.',
  },
  'request-too-large': {
    de: 'Die Anfrage ist zu groß. Es wurde nichts geändert, deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal.',
    en: 'The request is too large. Nothing was changed, your work is safe. Use the course’s link again.',
  },
  'repository-not-offered': {
    de: 'Kein Kurs hat dieses Repository als Quelle. Es wurde nichts geändert, alle Arbeit ist sicher. Trag in der Konfiguration einen Kurs mit dieser Quelle ein[: „source: git+{repository}“]; dann gilt sein Link für alle, die bisher den alten hatten.',
    en: 'No course has this repository as its source. Nothing was changed, all work is safe. Add a course with this source to the configuration[: “source: git+{repository}”]; then its link is for everybody who had the old one.',
  },
  'environment-refused': {
    de: 'Die Umgebung dieses Kurses lässt sich nicht von seinem Inhalt trennen[: „{path}“][, {reason}][ („{needs}“)]. Deine Arbeit ist sicher. Wer den Kurs betreut, kann unter „environment: extra“ nennen, was sie noch braucht, oder die Datei selbst, wenn sie nichts braucht.',
    en: 'The environment of this course cannot be kept apart from its content[: “{path}”][, {reason}][ (“{needs}”)]. Your work is safe. Whoever looks after the course can name under “environment: extra” what else it needs, or the file itself if it needs nothing.',
  },
  'environment-missing': {
    de: 'Dieser Kurs beschreibt keine Umgebung: Es gibt darin kein environment.yml, requirements.txt oder Ähnliches, das repo2docker liest. Deine Arbeit ist sicher. Das Repository der Umgebung entsteht mit der ersten solchen Datei.',
    en: 'This course describes no environment: there is no environment.yml, requirements.txt or the like in it that repo2docker reads. Your work is safe. The repository of the environment comes with the first such file.',
  },
  'course-not-ready': {
    de: 'f2git holt diesen Kurs gerade zum ersten Mal, und das dauert noch. Deine Arbeit ist sicher. Versuch es in ein paar Minuten noch einmal.',
    en: 'f2git is getting this course for the first time, and that takes a while yet. Your work is safe. Try again in a few minutes.',
  },
  'server-busy': {
    de: 'Gerade holen sehr viele ihre Dateien. Deine Arbeit ist sicher. Warte einen Augenblick und versuch es noch einmal.',
    en: 'Very many people are getting their files right now. Your work is safe. Wait a moment and try again.',
  },
  'server-stopping': {
    de: 'Der Server startet gerade neu. Deine Arbeit ist sicher. Warte einen Augenblick und versuch es noch einmal.',
    en: 'The server is restarting. Your work is safe. Wait a moment and try again.',
  },
  'part-failed': {
    de: 'Ein Teil von f2git ist mitten in der Arbeit ausgefallen. Deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal: Es geht da weiter, wo es aufhörte.',
    en: 'A part of f2git broke off in the middle of its work. Your work is safe. Use the course’s link again: it goes on where it stopped.',
  },
  'report-too-large': {
    de: 'Der Bericht darüber, was mit deinen Dateien geschah, ist zu lang, um ihn hier zu zeigen. Deine Arbeit ist sicher. Nimm den Link des Kurses noch einmal: Was noch fehlt, kommt dann, und der Bericht nennt nur noch das.',
    en: 'The report on what happened to your files is too long to be shown here. Your work is safe. Use the course’s link again: what is still missing comes then, and the report names only that.',
  },
  'agent-outdated': {
    de: 'Das f2git, das hier läuft, ist zu alt für den Server des Kurses[ (es kann {agent}, der Server {server})]. Es wurde nichts geändert, deine Arbeit ist sicher. Bring dieses f2git auf den neuesten Stand, auf einem JupyterHub tun das die Leute, die ihn betreuen.',
    en: 'The f2git that runs here is too old for the course’s server[ (it knows {agent}, the server {server})]. Nothing was changed, your work is safe. Update this f2git; on a JupyterHub the people who look after it do.',
  },
  'server-outdated': {
    de: 'Der Server des Kurses ist zu alt für das f2git, das hier läuft[ (er kann {server}, dieses {agent})]. Es wurde nichts geändert, deine Arbeit ist sicher. Bitte die Leute, die den Server betreuen, f2git dort auf den neuesten Stand zu bringen.',
    en: 'The course’s server is too old for the f2git that runs here[ (it knows {server}, this one {agent})]. Nothing was changed, your work is safe. Ask the people who look after the server to update f2git there.',
  },
  'workspace-hung': {
    de: 'Dein Ordner[ „{workspace}“] antwortet nicht; der Speicher dahinter hängt. Deine Arbeit ist sicher. Versuch es später noch einmal; bleibt es so, sag es der Verwaltung.',
    en: 'Your folder[ “{workspace}”] does not answer; the storage behind it hangs. Your work is safe. Try again later; if it stays like this, tell the administrator.',
  },
  'output-unwritable': {
    de: 'Die Ausgabe lässt sich nicht schreiben[: {errno}]. Was f2git getan hat, ist getan, deine Arbeit ist sicher. Leite sie anderswohin; „f2git log“ zeigt, was geschah.',
    en: 'The output cannot be written[: {errno}]. What f2git did is done, your work is safe. Send it elsewhere; “f2git log” shows what happened.',
  },
  'system-refused': {
    de: 'Dieser Computer konnte etwas nicht lesen oder schreiben[ ({errno})]. Was nicht fertig wurde, ist geblieben, wie es war, deine Arbeit ist sicher. Versuch es später noch einmal; bleibt es so, frag die Verwaltung.',
    en: 'This computer could not read or write something[ ({errno})]. What was not finished stayed as it was, your work is safe. Try again later; if it stays like this, ask the administrator.',
  },
  cancelled: {
    de: 'Der Vorgang wurde abgebrochen. Deine Arbeit ist sicher, nichts ist halb fertig. Beginne ihn noch einmal, wann du willst.',
    en: 'The run was interrupted. Your work is safe, nothing is half done. Start it again whenever you like.',
  },
  bug: {
    de: 'In f2git ist ein Fehler aufgetreten[: {detail}]. Deine Arbeit ist sicher, nichts ist halb fertig. Versuch es noch einmal; bleibt es so, melde es mit diesem Text.',
    en: 'Something went wrong within f2git[: {detail}]. Your work is safe, nothing is half done. Try again; if it stays like this, report it with this text.',
  },
};
