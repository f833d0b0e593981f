/** What `f2git link` says. */
import type { Sentence } from '../messages/language.ts';

export const linkSentences = {
  openUnknown: {
    de: 'Den Pfad „{path}“, den der Link öffnen soll, gibt es im Kurs nicht, so wie f2git ihn zuletzt gesehen hat.',
    en: 'The course has no “{path}” for the link to open, as f2git saw it last.',
  },
  click: { de: 'Link', en: 'Click' },
  zip: { de: 'ZIP', en: 'ZIP' },
  git: { de: 'Git', en: 'Git' },
  environment: { de: 'Umgebung', en: 'Environment' },
  signedOut: {
    de: 'Wenn es jemanden mit dem Namen „{name}“ gibt, sind jetzt alle Rechner dieser Person abgemeldet, für alle Kurse, und ihre persönlichen Links ungültig.',
    en: 'If there is somebody of the name “{name}”, all their computers are signed out now, for all courses, and their personal links are invalid.',
  },
  revoked: {
    de: 'Alle früheren Git-Adressen und persönlichen Links dieses Kurses sind ab jetzt ungültig. Wer so etwas hat, braucht das neue.',
    en: 'All earlier git addresses and personal links of this course are invalid from now on. Whoever has one needs the new one.',
  },
} as const satisfies Record<string, Sentence>;
