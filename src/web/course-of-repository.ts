/** The course whose source an address names, as it stands in links made for other programs. */
import { F2gitError } from '../errors.ts';
import { sourceFromText, type RecognisedSource } from '../sources/registry.ts';

/** A course's address for programs that speak git, as `f2git link` prints it: the token says who may read there. */
const OWN_ADDRESS = /^https?:\/\/[^?#]*\/git\/([\w-]{32})\/([\w.-]+?)(?:\.git)?\/?$/i;

/**
 * The course that has the repository or share at `address` as its source, or this address at f2git; of several, the one
 * whose branch it is. Only web addresses are tried: nothing of a link ever touches this machine's files.
 */
export function courseOfRepository<Course extends { readonly id: string; readonly source: RecognisedSource }>(
  address: string,
  branch: string | undefined,
  courses: readonly Course[],
): Course | undefined {
  const wanted = identitiesOf(address);
  const meant = courses.filter(({ source: { adapter, config } }) => wanted.has(adapter.identity(config)));
  const of = (ref: unknown): Course | undefined => meant.find(({ source: { config } }) => branchOf(config) === ref);
  // one course that says no branch, or the only one, is meant by links of any; among several nothing is guessed
  const found = of(branch) ?? of(undefined) ?? (meant.length === 1 ? meant[0] : undefined);
  const [, , own] = OWN_ADDRESS.exec(address) ?? [];
  return found ?? courses.find(({ id }) => own === id);
}

/** The address as people may be shown it: without what lets somebody in. */
export function shownRepository(address: string): string {
  const plain = address.replace(/\/\/[^/@]*@/, '//');
  const [, token] = OWN_ADDRESS.exec(plain) ?? [];
  return (token === undefined ? plain : plain.replace(token, '…')).slice(0, 200);
}

function branchOf(config: unknown): unknown {
  return typeof config === 'object' && config !== null && 'ref' in config ? config.ref : undefined;
}

function identitiesOf(address: string): ReadonlySet<string> {
  if (!/^https?:\/\//i.test(address)) return new Set();
  const plain = address.replace(/\/+$/, '').replace(/\.git$/, '');
  const forms = [address, plain, `${plain}.git`].flatMap((one) => [one, `git+${one}`]);
  return new Set(forms.flatMap(identityOf));
}

function identityOf(address: string): readonly string[] {
  try {
    const { adapter, config } = sourceFromText(address, '/');
    return [adapter.identity(config)];
  } catch (error) {
    // an address that is no source is the source of no course
    if (error instanceof F2gitError) return [];
    throw error;
  }
}
