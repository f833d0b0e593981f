/** A click on the link of a course: a server that is started, asked for a run, followed to its end and stopped. */
import { ended, start, type Disturbance, type Ended, type Program } from './program.ts';

/** How long a server may take for anything at all before it counts as hung, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Gives what the command line would give: a document and 0, 4 when some path could not be written, 3 when the run
 * failed; null when the server was killed.
 */
export async function click(program: Program, folder: string, disturbance?: Disturbance): Promise<Ended> {
  const server = start(program, ['serve', '--port', '0'], folder, disturbance);
  const end = ended(server);
  const origin = await Promise.race([addressOf(server), end.then(() => undefined)]);
  if (origin === undefined) return end;
  const document = await Promise.race([clickAt(origin), end.then(() => undefined)]);
  server.kill('SIGTERM');
  const { status, stderr } = await end;
  if (document === undefined) return { status, stdout: '', stderr };
  return { status: status === null ? null : statusOf(document), stdout: JSON.stringify(document), stderr };
}

interface RunDocument {
  readonly outcome?: string;
  readonly error?: { readonly code: string };
}

function statusOf({ outcome, error }: RunDocument): number {
  if (error !== undefined) return error.code === 'bug' ? 1 : 3;
  return outcome === 'partial' ? 4 : 0;
}

function addressOf(server: ReturnType<typeof start>): Promise<string> {
  return new Promise((resolve) => {
    let written = '';
    const look = (chunk: Buffer): void => {
      written += chunk.toString();
      const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(written) ?? [];
      if (origin !== undefined) resolve(origin);
    };
    server.stdout.on('data', look);
    server.stderr.on('data', look);
  });
}

/** The run's document; undefined when the server went away. */
async function clickAt(origin: string): Promise<RunDocument | undefined> {
  const signal = AbortSignal.timeout(PATIENCE);
  const json = { 'content-type': 'application/json', accept: 'application/json' };
  const ask = async (path: string, init: RequestInit = {}): Promise<RunDocument & { run?: string }> => {
    const response = await fetch(`${origin}/${path}?user=ada`, { headers: json, signal, ...init });
    return (await response.json()) as RunDocument & { run?: string };
  };
  try {
    const started = await ask('api/runs', { method: 'POST', body: JSON.stringify({ course: 'intro' }) });
    if (started.run === undefined) return started;
    const events = await fetch(`${origin}/api/runs/${started.run}/events?user=ada`, { signal });
    await events.text();
    return await ask(`api/runs/${started.run}`);
  } catch (error) {
    if (signal.aborted) throw new Error('the server hung', { cause: error });
    // it was killed under the question
    return undefined;
  }
}
