/** An audience whose repository is open only while somebody does something with it. */
import type { Use } from '../core/kept-open.ts';
import { F2gitError } from '../errors.ts';
import type { AgentSupplies, Audience } from './ports.ts';

/** `use` opens it, or finds it open. */
export function openWhileUsed(supplies: AgentSupplies, use: () => Use<Audience>): Audience {
  const look = <Result>(at: (audience: Audience) => Result): Result => {
    const { value, end } = use();
    try {
      return at(value);
    } finally {
      end();
    }
  };
  const wait = async <Result>(at: (audience: Audience) => Promise<Result>): Promise<Result> => {
    const { value, end } = use();
    try {
      return await at(value);
    } finally {
      end();
    }
  };
  /** What is given out is read later: where it was found, or where it is found again if that was closed meanwhile. */
  const findToRead = <Found>(
    find: (audience: Audience) => Found | undefined,
    isSame: (a: Found, b: Found) => boolean,
  ) => {
    const [first, found] = look((audience) => [audience, find(audience)] as const);
    if (found === undefined) return undefined;
    async function* read(from: (found: Found) => AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
      const { value, end } = use();
      try {
        const again = value === first ? found : find(value);
        if (found === undefined || again === undefined || !isSame(found, again)) throw new F2gitError('object-missing');
        yield* from(again);
      } finally {
        end();
      }
    }
    return { found, read };
  };
  return {
    name: supplies.audience,
    supplies,
    refresh: (onProgress, signal) => wait((audience) => audience.refresh(onProgress, signal)),
    offer: () => wait((audience) => audience.offer()),
    environment: (signal) => wait((audience) => audience.environment(signal)),
    isBehind: () => look((audience) => audience.isBehind()),
    published: () => look((audience) => audience.published()),
    served: () => look((audience) => audience.served()),
    blob: (oid) => {
      const blob = findToRead(
        (audience) => audience.blob(oid),
        () => true,
      );
      return blob && { size: blob.found.size, read: (range) => blob.read((found) => found.read(range)) };
    },
    zip: () => {
      const zip = findToRead(
        (audience) => audience.zip(),
        (one, other) => one.tag === other.tag,
      );
      return zip && { ...zip.found, read: (signal) => zip.read((found) => found.read(signal)) };
    },
  };
}
