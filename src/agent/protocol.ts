/**
 * Which versions of the conversation between an agent and whoever has the course a program knows. The number goes up
 * when the other side could no longer follow; what an older program merely does not know needs none: unknown fields are
 * ignored. Programs of two versions work together as long as they have one number in common.
 */
import { F2gitError } from '../errors.ts';

export interface Spoken {
  readonly oldest: number;
  readonly newest: number;
}

/** What this program knows. */
export const SPOKEN: Spoken = { oldest: 1, newest: 1 };

/** Over HTTP: what the agent knows, on every request, and what the server knows, on every answer, as `1-2`. */
export const AGENT_HEADER = 'x-f2git-agent';
export const SERVER_HEADER = 'x-f2git-server';

/** Servers and agents from before the first number. */
const UNNUMBERED: Spoken = { oldest: 1, newest: 1 };

export function formatSpoken({ oldest, newest }: Spoken): string {
  return `${oldest}-${newest}`;
}

/** Reads `1-2`. Who says nothing, or nothing we understand, is from before the first number. */
export function parseSpoken(text: string | undefined): Spoken {
  const match = /^(\d{1,6})-(\d{1,6})$/.exec(text ?? '');
  return match === null ? UNNUMBERED : { oldest: Number(match[1]), newest: Number(match[2]) };
}

/**
 * The newest version both know.
 * @throws {F2gitError} `agent-outdated`, `server-outdated`: which of the two must be updated
 */
export function agree(agent: Spoken, server: Spoken): number {
  const newest = Math.min(agent.newest, server.newest);
  if (newest >= Math.max(agent.oldest, server.oldest)) return newest;
  const code = agent.newest < server.oldest ? 'agent-outdated' : 'server-outdated';
  throw new F2gitError(code, { params: { agent: formatSpoken(agent), server: formatSpoken(server) } });
}
