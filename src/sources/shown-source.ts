/** A source as those who look after its course see it: what it is and where, and no key to it. */
import { redact, safeAddress } from './redact.ts';
import type { RecognisedSource } from './registry.ts';
import type { SourceType } from './source.ts';

export interface ShownSource {
  readonly type: SourceType;
  /** An address, a path on the server, or `remote:path`; of a repository the branch and the folder as well. */
  readonly where: string;
}

export function shownSource({ adapter: { type }, mapping }: Omit<RecognisedSource, 'config'>): ShownSource {
  const parts = [placeOf(mapping), mapping['ref'], mapping['subfolder']];
  return { type, where: parts.filter((part) => typeof part === 'string' && part !== '').join(' · ') };
}

function placeOf({ url, path, remote }: RecognisedSource['mapping']): string {
  if (typeof remote === 'string') return `${remote}:${typeof path === 'string' ? path : ''}`;
  if (typeof url !== 'string') return typeof path === 'string' ? path : '';
  return URL.canParse(url) ? safeAddress(url) : redact(url);
}
