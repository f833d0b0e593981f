/** What `check` should say of a Stud.IP, its account and the course. */
import { z } from 'zod';
import type { SourceFact } from '../../core/source-facts.ts';
import type { Api } from './api.ts';
import type { Reading } from './reading.ts';

const versionSchema = z.array(z.object({ id: z.string(), attributes: z.object({ value: z.unknown() }) }));

const accountSchema = z.object({
  attributes: z.object({ username: z.string(), permission: z.string().optional() }),
});

/** Rights that reach over all courses of an institute, or all. */
const ADMINISTRATORS: ReadonlySet<string> = new Set(['admin', 'root']);

/** Asks for the version and the account, and says what `reading` left out. */
export async function factsOf(api: Api, reading: Reading, signal: AbortSignal): Promise<readonly SourceFact[]> {
  return [await platformFact(api, signal), ...(await accountFacts(api, reading, signal)), ...courseFacts(reading)];
}

async function platformFact(api: Api, signal: AbortSignal): Promise<SourceFact> {
  const found = await api.single('studip/properties', signal);
  const read = versionSchema.safeParse(found.kind === 'found' ? found.data : undefined);
  const version = read.data?.find(({ id }) => id === 'studip-version')?.attributes.value;
  return { code: 'platform', params: { system: 'Stud.IP', ...(typeof version === 'string' ? { version } : {}) } };
}

async function accountFacts(api: Api, { isStaff }: Reading, signal: AbortSignal): Promise<readonly SourceFact[]> {
  const found = await api.single('users/me', signal);
  const read = accountSchema.safeParse(found.kind === 'found' ? found.data : undefined);
  if (!read.success) return [];
  const { username, permission = '' } = read.data.attributes;
  const isAdministrator = ADMINISTRATORS.has(permission);
  return [
    { code: 'account', params: { user: username } },
    ...(isAdministrator ? [{ code: 'account-administrator', level: 'warning' } as const] : []),
    ...(isStaff && !isAdministrator ? [{ code: 'account-staff', level: 'warning' } as const] : []),
  ];
}

function courseFacts({ found, personal, terms }: Reading): readonly SourceFact[] {
  const withheld = [...found.values()].filter(({ window }) => window === undefined).length;
  const names = new Set([...found.values()].flatMap(({ ref }) => terms.get(ref.licence ?? '')?.name ?? []));
  return [
    ...(withheld === 0 ? [] : [{ code: 'items-withheld', params: { count: withheld } } as const]),
    ...(personal === 0 ? [] : [{ code: 'folders-personal', params: { count: personal } } as const]),
    ...(names.size === 0 ? [] : [{ code: 'terms-of-use', params: { terms: [...names].sort().join('; ') } } as const]),
  ];
}
