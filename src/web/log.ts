/** Structured log: one JSON object a line. People appear as an alias that only this server can make. */
import { createHmac } from 'node:crypto';
import type { Log, Person } from './ports.ts';

/** Writes to `write`, normally standard error. A fact that cannot be JSON is a bug of ours and appears as its name. */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  return (level, event, facts = {}) => {
    write(`${JSON.stringify({ time: now().toISOString(), level, event, ...facts })}\n`);
  };
}

/** The alias of a person in logs: the same within one server's life, and meaningless outside. */
export function aliasMaker(secret: Buffer): (person: Person) => string {
  return (person) => createHmac('sha256', secret).update(`alias\0${person.name}`).digest('hex').slice(0, 12);
}
