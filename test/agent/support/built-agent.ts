/** Programs that run as students: the agent as `npm run build` makes it, and others that take its place. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A new folder that every account can read; whoever asked for it removes it. */
export function programFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'f2git-agent-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** Builds the agent into `folder` and gives its path. */
export function buildAgent(folder: string): Promise<string> {
  return buildProgram(join(import.meta.dirname, '../../../src/agent/main.ts'), join(folder, 'agent.js'));
}

/** Builds what answers instead of the agent, with one kind of lie. */
export function buildLiar(folder: string, lie: string): Promise<string> {
  const outfile = join(folder, `liar-${Buffer.from(lie).toString('hex')}.js`);
  return buildProgram(join(import.meta.dirname, 'liar.ts'), outfile, { LIE: JSON.stringify(lie) });
}

export async function buildProgram(
  entry: string,
  outfile: string,
  define: Record<string, string> = {},
): Promise<string> {
  await build({
    entryPoints: [entry],
    outfile,
    define,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    logLevel: 'error',
  });
  return outfile;
}
