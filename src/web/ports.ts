/**
 * What the pages need of the rest of the program, as small interfaces: courses, the agent, identity, opening a file.
 * `server.ts` wires the real ones. A later identity (JupyterHub, signed links) or agent (a process under the student's
 * uid) fits behind the same door.
 */
import type { IncomingMessage } from 'node:http';
import type { AgentSupplies } from '../agent/agent.ts';
import type { CourseId, Oid } from '../core/ids.ts';
import type { Offer } from '../core/offer.ts';
import type { RelPath } from '../core/paths.ts';
import type { OnProgress } from '../core/progress.ts';
import type { Blob } from '../repo/contents.ts';
import type { CourseZip } from '../repo/offering.ts';
import type { PublishedContent } from '../repo/history.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import type { ShownSource } from '../sources/shown-source.ts';
import type { LinkParams } from './links.ts';
import type { StaffDesk } from './staff-desk.ts';

export type { Log } from '../core/log.ts';
export type { Agent, AgentJob, AgentSupplies, Taking } from '../agent/agent.ts';

/** Who is clicking. `name` is safe as a folder name; it is the only thing that leads to a home. */
export interface Person {
  readonly name: string;
  /** The groups the identity knows of; a course may have groups of its own besides (`groups:` of the configuration). */
  readonly groups: readonly string[];
  /** Set for who shows no more than the right to read this one course. */
  readonly readsOnly?: CourseId;
  /** Whether the identity says that this person administers everything. */
  readonly isAdmin?: true;
  /** The courses a personal link was shown for, each with what the link said of its generation (`personal-links.ts`). */
  readonly passes?: readonly (readonly [course: CourseId, generation: string])[];
}

/** Decides who a request is from and what that person may see. Nothing a link says ever overrules it. */
export interface Identity {
  /**
   * `none` names the student in the address (`?user=`); every other identity knows without it. To an `owner` belongs all of
   * the server.
   */
  readonly kind: 'none' | 'jupyterhub' | 'links' | 'owner';
  /**
   * @throws {F2gitError} `login-needed` when nobody is known, `request-refused` when the request must not be served,
   * `hub-unreachable` when nobody can be asked
   */
  identify(request: IncomingMessage, query: URLSearchParams): Promise<Person>;
  /** Whether `person` takes this course. Unknown and forbidden courses look the same from outside. */
  mayTake(person: Person, course: CourseId): boolean;
  /** Whether `person` looks after this course: staff, and administrators. */
  mayTeach(person: Person, course: CourseId): boolean;
  /** What every address on a page must carry so that the next request is the same person's; empty for cookie logins. */
  addressOf(person: Person): Readonly<Record<string, string>>;
  /** Whether whoever asks looks after the server: they may see its counts. */
  mayWatch(request: IncomingMessage): Promise<boolean>;
  /** The same of somebody `identify` found; absent where more than the person counts. */
  watches?(person: Person): boolean;
  /**
   * Somebody whom `identify` found before, as they are now; absent where nobody can be asked about somebody who is not
   * here. @throws {F2gitError} `login-needed` when they are nobody any more, `hub-unreachable`
   */
  renew?(person: Person): Promise<Person>;
  /** How a browser nobody knows comes to be known; absent where there is nothing to sign in to. */
  readonly signIn?: SignIn;
  /**
   * Where a browser goes next whose address itself says who it is; undefined for other addresses. Absent where none does.
   * @throws {F2gitError} `link-refused`, `link-of-other`
   */
  enter?(request: IncomingMessage): Step | undefined;
  /** Forgets this browser; absent where there is nothing to forget. */
  signOut?(request: IncomingMessage): SignedOut;
}

/** What is left to do for a browser that signed out. */
export interface SignedOut {
  /** Lines of `Set-Cookie`. */
  readonly cookies: readonly string[];
  /** Where people sign out of everything else. */
  readonly elsewhere?: string;
}

/** Signing a browser in by leading it elsewhere and back. */
export interface SignIn {
  /** Leads to the login, and from there back to `page`: an address of ours, with its query, below the prefix. */
  begin(request: IncomingMessage, page: string): Step;
  /**
   * The login came back with `query`.
   * @throws {F2gitError} `login-failed`, `hub-unreachable`, `request-refused`
   */
  finish(request: IncomingMessage, query: URLSearchParams): Promise<Step>;
}

/** Where a browser goes next, and what it must remember: lines of `Set-Cookie`. */
export interface Step {
  readonly address: string;
  readonly cookies: readonly string[];
}

/** Where a finished run can send the student. Only places inside the student's own server; absent when there is none. */
export interface Opener {
  target(person: Person, place: OpenPlace): string | undefined;
  /** Has the student's server started while the run goes on; absent where nobody can. `signal` ends the waiting. */
  prepare?(person: Person, place: ServerPlace, signal: AbortSignal): Preparation;
  /** Where a person starts their server by hand and comes back from to `page`, an address of ours; absent as above. */
  startBy?(person: Person, server: string | undefined, page: string): string;
}

/** What a link wants opened. */
export interface OpenPlace {
  readonly workspace: Workspace;
  /** A path in the workspace; without it, the workspace itself. */
  readonly file?: string;
  readonly app?: App;
  /** One of the student's named servers; without it, the one they always have. */
  readonly server?: string;
}

/** The server a link wants, and the home that may be there only once it runs. */
export interface ServerPlace {
  readonly home: string;
  readonly server?: string;
}

export interface Preparation {
  /** Resolves when the home is there. @throws {F2gitError} `home-missing`, `account-refused`, `cancelled` */
  home(onProgress: OnProgress): Promise<void>;
  /** Resolves when the server runs, or is left to the hub's own page. Never rejects. */
  server(onProgress: OnProgress): Promise<void>;
}

/** Where a person's files of one course are. */
export interface Workspace {
  /** Absolute paths. */
  readonly path: string;
  readonly home: string;
  /** Below the home. */
  readonly folder: RelPath;
  /** How the home's owner would name it. */
  readonly shown: string;
}

/** The programs a link may ask for. */
export const apps = ['lab', 'tree', 'notebook', 'rstudio', 'vscode'] as const;
export type App = (typeof apps)[number];

/** One configured course. */
export interface Course {
  readonly id: CourseId;
  readonly title: string;
  /** The file opened when the link names none. */
  readonly open?: RelPath;
  /** Where its workspace is for this person. @throws {F2gitError} `account-refused` */
  workspaceOf(person: Person): Workspace;
  /** @throws {F2gitError} `workspace-is-source` where the course's own folder is, or holds, or lies in that workspace */
  refuseOverlap?(workspace: Workspace): void;
  /** What this person, and everybody who may see the same files, has of the course. */
  audienceOf(person: Person): Audience;
  /** Set where each student reads the course with a sign-in of their own at its platform. */
  readonly signIn?: PlatformSignIn;
  /** Where its files come from, for staff alone; absent where another server reads it. */
  readonly source?: ShownSource;
  /** What staff see and do; absent where that is elsewhere. */
  readonly desk?: StaffDesk;
  /**
   * Of everybody's audience, each single group's, and those of several groups that have an address, the first whose name
   * is meant; all names are asked about. Undefined where each student is an audience.
   */
  audienceWhere(isMeant: (name: string) => boolean): Audience | undefined;
  /** The audiences of more than one person that anybody ever was in. */
  audiences(): readonly Audience[];
  /** When an offer changes next by the clock alone, for any audience, or undefined. */
  nextChange(now: Date): Date | undefined;
}

/** The way of students to the platform that a course is on, and back. */
export interface PlatformSignIn {
  /** Whether this person has to sign in there before a click can bring what is new. */
  isNeeded(person: Person): boolean;
  /** Whether they had signed in, and the platform does not take it any more. */
  hasEnded(person: Person): boolean;
  noteRefused(person: Person): void;
  /** The platform's address for the browser. `link` is given back at the end. */
  begin(person: Person, link: LinkParams): string;
  /** Who began the sign-in that goes by `state`. */
  whoseIs(state: string): Person | undefined;
  /**
   * Takes what the browser came back with, and gives the `link` it began with.
   * @throws {F2gitError} `platform-login-failed`, `source-login`, `source-unreachable`
   */
  finish(person: Person, query: URLSearchParams): Promise<LinkParams>;
}

/** A course as a set of students has it who may see the same files now. The source is asked once for all of them. */
export interface Audience {
  /** Names it within the course: fit for files and addresses, and without a dot. */
  readonly name: string;
  /**
   * Brings the course up to date, at most once per freshness window, and gives what is offered then; everybody who asks
   * meanwhile shares one refresh, and `signal` ends only this caller's part in it. A source that does not answer gives
   * the last good offer, marked so.
   * @throws {F2gitError} when the source cannot be read and never could.
   */
  refresh(onProgress: OnProgress, signal: AbortSignal): Promise<Offer>;
  /** What may be had right now, without asking the source; undefined when nothing was ever read. */
  offer(): Promise<Offer | undefined>;
  /** A content of this audience; undefined when there is none, or not for them. */
  blob(oid: Oid): Blob | undefined;
  /** Every content the course ever published, per file. */
  published(): readonly PublishedContent[];
  /** The offered tree as a ZIP with deterministic bytes; undefined when nothing was ever read. */
  zip(): CourseZip | undefined;
  /** What git clients may have; undefined when nothing was ever read, or can be served now. */
  served(): ServedRepository | undefined;
  /**
   * The repository of the course's environment, as the course says it now.
   * @throws {F2gitError} `environment-refused`, `environment-missing`, `course-not-ready`
   */
  environment(signal: AbortSignal): Promise<ServedRepository>;
  /** Whether the clock released or took back something that is not in the offer yet; false when nothing was ever read. */
  isBehind(): boolean;
  /** What the agent needs of the course besides an offer. */
  readonly supplies: AgentSupplies;
}

export interface Courses {
  readonly all: readonly Course[];
  get(id: CourseId): Course | undefined;
  /** The course whose source an address of a git repository or a share names; for links made for other programs. */
  bySource(address: string, branch?: string): Course | undefined;
}
