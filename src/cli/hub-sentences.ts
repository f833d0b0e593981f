/** What the command line says about a hub. */
import type { Sentence } from '../messages/language.ts';

/** Of `f2git check`. */
export const hubCheckSentences = {
  hubUnseen: {
    de: 'Ein Hub, der f2git startet, gibt ihm ein Token; hier ist keines, darum wurde nichts über den Hub geprüft. Was der Hub erlaubt, steht beim Start von f2git im Protokoll des Hubs: „known to the hub“.',
    en: 'A hub that starts f2git gives it a token; there is none here, so nothing about the hub was examined. What the hub allows stands in its log where it starts f2git: “known to the hub”.',
  },
  hubAnswers: {
    de: 'JupyterHub antwortet und kennt f2git als Dienst „{name}“.',
    en: 'JupyterHub answers and knows f2git as its service “{name}”.',
  },
  hubRefuses: {
    de: 'JupyterHub nimmt das Token von f2git nicht an: Es muss das api_token des Dienstes sein.',
    en: 'JupyterHub does not accept f2git’s token: it has to be the api_token of the service.',
  },
  hubStarts: {
    de: 'Ein Klick darf den Server der Studierenden starten.',
    en: 'A click may start a student’s server.',
  },
  hubStartsNot: {
    de: 'Ein Klick darf keinen Server starten (es fehlt das Recht „servers“); dann startet ihn die Seite des Hubs.',
    en: 'A click may start no server (the scope “servers” is missing); the hub’s own page starts it then.',
  },
  hubAsks: {
    de: 'f2git darf fragen, ob es eine Person noch gibt und in welchen Gruppen sie ist: Danach richtet sich, was ihr eigener Rechner lesen darf.',
    en: 'f2git may ask whether somebody is still there, and in which groups: on that depends what their own computer may read.',
  },
  hubAsksNot: {
    de: 'f2git darf nicht fragen, ob es eine Person noch gibt (es fehlt das Recht „read:users:groups“); geht sie, darf ihr Rechner noch bis zu 30 Tage lesen.',
    en: 'f2git may not ask whether somebody is still there (the scope “read:users:groups” is missing); when they leave, their own computer may read for up to 30 days more.',
  },
  parts: {
    de: 'Zugangsdaten und Daten gehören „{keeper}“, Browsern antwortet „{front}“.',
    en: 'Credentials and data are kept by “{keeper}”, browsers are answered by “{front}”.',
  },
  programUnread: {
    de: 'Nicht alle dürfen „{path}“ lesen. In jedem Home schreibt ein Prozess seiner Besitzerin, der das Programm braucht: leg f2git dorthin, wo alle es lesen dürfen.',
    en: 'Not everybody may read “{path}”. In each home a process of its owner writes, which needs the program: put f2git where everybody may read it.',
  },
} as const satisfies Record<string, Sentence>;

/** Of every command that needs the address people reach f2git at. */
export const publicUrlMissing: Sentence = {
  de: '„public_url“ fehlt in der Konfiguration: Links, die f2git zeigt, gelten dann nur auf diesem Rechner. Hinter einem Hub: public_url: https://hub.example.org/services/f2git',
  en: '“public_url” is missing in the configuration: links that f2git shows are good on this computer alone then. Behind a hub: public_url: https://hub.example.org/services/f2git',
};

/** Of `f2git hub-config`. */ export const hubConfigSentences = {
  hub: {
    de: 'f2git: gehört in {file}; danach den Hub neu starten',
    en: 'f2git: belongs into {file}; then restart the hub',
  },
  tljh: {
    de: 'f2git: gehört in {file}; danach: tljh-config reload hub',
    en: 'f2git: belongs into {file}; then: tljh-config reload hub',
  },
  z2jh: {
    de: 'f2git: gehört in {file}; danach: helm upgrade. Was f2git selbst im Cluster braucht, steht in docs/jupyterhub.md',
    en: 'f2git: belongs into {file}; then: helm upgrade. What f2git itself needs in the cluster is in docs/jupyterhub.md',
  },
  needsFile: {
    de: 'Eine Konfiguration „{file}“, die dieser Block nennt, gibt es noch nicht; --config nennt eine andere.',
    en: 'There is no configuration “{file}” yet, which this block names; --config names another one.',
  },
  needsAuth: {
    de: 'Dazu gehört in der Konfiguration von f2git: auth: jupyterhub',
    en: 'With it goes, in the configuration of f2git: auth: jupyterhub',
  },
  needsAccounts: {
    de: 'Dazu gehört in der Konfiguration von f2git: hub: { accounts: tljh }',
    en: 'With it goes, in the configuration of f2git: hub: { accounts: tljh }',
  },
} as const satisfies Record<string, Sentence>;
