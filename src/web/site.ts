/** Everything a route may use. */
import type { CourseId } from '../core/ids.ts';
import type { Language } from '../messages/language.ts';
import type { GitServer } from '../git/git-server.ts';
import type { Assets } from './assets.ts';
import type { Capabilities } from './capabilities.ts';
import type { ClickBook } from './click-book.ts';
import type { ForgeryGuard } from './forgery.ts';
import type { LargeAnswers } from './large-answers.ts';
import type { Metrics } from './metrics.ts';
import type { LaptopCodes } from './laptop-codes.ts';
import type { Agent, Courses, Identity, Log, Opener, Person } from './ports.ts';
import type { RunIds } from './run-ids.ts';
import type { Runs } from './runs.ts';

export interface Site {
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly language: Language;
  readonly courses: Courses;
  readonly identity: Identity;
  readonly opener: Opener;
  readonly agent: Agent;
  readonly runs: Runs;
  readonly runIds: RunIds;
  readonly largeAnswers: LargeAnswers;
  readonly forgery: ForgeryGuard;
  readonly assets: Assets;
  readonly capabilities: Capabilities;
  readonly git: GitServer;
  readonly metrics: Metrics;
  /** Absent where another server's is the one people read. */
  readonly clicks?: ClickBook;
  readonly laptops: LaptopCodes;
  /** The address of the click on a course, whole where the server knows its own; for one `person`, or for everybody. */
  readonly linkOf: (course: CourseId, person?: Person) => string;
  readonly log: Log;
  readonly now: () => Date;
  /** How long a click waits for the source, in milliseconds. */
  readonly sourceWaitMs: number;
  /** False as soon as the server is going down. */
  readonly isReady: () => boolean;
}
