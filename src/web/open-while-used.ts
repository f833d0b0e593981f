/** An audience whose repository is open only while somebody does something with it. */
import type { Use } from '../core/kept-open.ts';
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
  /** What is given out is read later, and must be open then. */
  async function* reading(read: () => AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { end } = use();
    try {
      yield* read();
    } finally {
      end();
    }
  }
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
      const blob = look((audience) => audience.blob(oid));
      return blob && { ...blob, read: (range) => reading(() => blob.read(range)) };
    },
    zip: () => {
      const zip = look((audience) => audience.zip());
      return zip && { ...zip, read: (signal) => reading(() => zip.read(signal)) };
    },
  };
}
