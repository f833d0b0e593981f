/**
 * What any student of the course may see of a folder, by Stud.IP's own rules for its type. Pure. The rules are applied
 * whoever asks, so that an account with more rights shows no student more.
 */
import type { Window } from '../source.ts';
import type { Folder } from './documents.ts';

export type View =
  /** Everybody in the course may read it, within the window. */
  | { readonly kind: 'open'; readonly window: Window }
  /** It belongs to the course and is out of students' sight for now. */
  | { readonly kind: 'withheld' }
  /** What single students hand in, or one group's own: to anybody else it is empty. */
  | { readonly kind: 'private' }
  /** A type of folder nobody can tell the rules of: those of plugins. */
  | { readonly kind: 'unknown' };

const OPEN: ReadonlySet<string> = new Set([
  'RootFolder',
  'StandardFolder',
  'MaterialFolder',
  'CourseTopicFolder',
  'CourseDateFolder',
  'CoursePublicFolder',
  'TimedFolder',
]);

const SEE = 1;
const READ = 4;

/** Stud.IP closes a folder this long after the time it shows. Milliseconds. */
const GRACE_MS = 60_000;

/**
 * The view of `folder`, given that of the one above it; undefined stands for the root's own parent. Rights are those of
 * the folder and of all above it; of a group's folder, the group's alone.
 */
export function viewOf(folder: Folder, above: View | undefined): View {
  const own = ownView(folder);
  if (own.kind === 'private' || above?.kind === 'private') return { kind: 'private' };
  if (own.kind === 'unknown') return own;
  if (own.kind === 'withheld' || (above !== undefined && above.kind !== 'open')) return { kind: 'withheld' };
  return above === undefined ? own : both(above.window, own.window);
}

function ownView({ type, rights, isReadable }: Folder): View {
  if (type === 'HomeworkFolder' || type === 'CourseGroupFolder') return { kind: 'private' };
  if (type === 'HiddenFolder') return { kind: 'withheld' };
  if (!OPEN.has(type)) return { kind: 'unknown' };
  const { permission = SEE | READ, start, end } = rights;
  if ((permission & READ) === 0) return { kind: 'private' };
  if ((permission & SEE) === 0 || !isReadable) return { kind: 'withheld' };
  if (type !== 'TimedFolder') return { kind: 'open', window: {} };
  return {
    kind: 'open',
    window: {
      ...(start === undefined ? {} : { from: new Date(start * 1000).toISOString() }),
      ...(end === undefined ? {} : { until: new Date(end * 1000 + GRACE_MS).toISOString() }),
    },
  };
}

/** The time in which both windows are open. ISO instants of one form compare as text. */
function both(a: Window, b: Window): View {
  const from = [a.from, b.from]
    .filter((one) => one !== undefined)
    .sort()
    .at(-1);
  const until = [a.until, b.until]
    .filter((one) => one !== undefined)
    .sort()
    .at(0);
  if (from !== undefined && until !== undefined && from >= until) return { kind: 'withheld' };
  return {
    kind: 'open',
    window: { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) },
  };
}
