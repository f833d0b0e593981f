/** What `check` should say of a Canvas installation, the account and the course. */
import { z } from 'zod';
import type { SourceFact } from '../../core/source-facts.ts';
import { ask, askAll, type CanvasServer } from './api.ts';
import type { Seen } from './look.ts';

/** What the last listing found. */
export interface Listed extends Pick<Seen, 'standing' | 'from'> {
  /** Files that students are not shown now. */
  readonly withheld: number;
}

/** Asks who the account is, and puts that together with what was seen. */
export async function factsOf(
  server: CanvasServer,
  listed: Listed | undefined,
  signal: AbortSignal,
): Promise<readonly SourceFact[]> {
  const system = { code: 'platform', params: { system: 'Canvas' } } as const;
  const account = server.auth.kind === 'none' ? [] : await accountFacts(server, signal);
  return [system, ...account, ...(listed === undefined ? [] : courseFacts(listed))];
}

const person = z.object({ name: z.string() });

/** No institution has more that one person administers. */
const accounts = z.array(z.object({ parent_account_id: z.unknown() })).max(10_000);

/** A key that enforces scopes may refuse both questions: then nothing is said of it. */
async function accountFacts(server: CanvasServer, signal: AbortSignal): Promise<readonly SourceFact[]> {
  const [self, administered] = await Promise.all([
    ask(server, '/users/self', person, signal),
    askAll(server, '/accounts?per_page=100', signal),
  ]);
  const read = accounts.safeParse(administered.kind === 'given' ? administered.value : []);
  const isAdministrator = read.data?.some(({ parent_account_id: parent }) => parent === null) === true;
  return [
    ...(self.kind === 'given' ? [{ code: 'account', params: { user: self.value.name } } as const] : []),
    ...(isAdministrator ? [{ code: 'account-administrator', level: 'warning' } as const] : []),
  ];
}

function courseFacts({ standing, from, withheld }: Listed): readonly SourceFact[] {
  const isUnpublished = standing.kind === 'staff' && !standing.isPublished;
  return [
    ...(standing.kind === 'staff' ? [{ code: 'account-staff', level: 'warning' } as const] : []),
    ...(isUnpublished ? [{ code: 'course-unpublished', level: 'warning' } as const] : []),
    ...(from === 'modules' ? [{ code: 'files-from-modules' } as const] : []),
    ...(withheld === 0 ? [] : [{ code: 'items-withheld', params: { count: withheld } } as const]),
  ];
}
