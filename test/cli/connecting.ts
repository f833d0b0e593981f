/** `f2git connect` of the built program, with the person in the browser. */
import { spawn } from 'node:child_process';
import { cliPath } from '../e2e/support.ts';
import { startHostile } from '../support/hostile-server.ts';

export interface Connected {
  readonly exit: number | null;
  readonly stderr: string;
}

/** Runs `connect COURSE`; `person` gets the address that is shown and a way to paste. */
export function connect(
  folder: string,
  course: string,
  person: (address: string, paste: (line: string) => void) => unknown,
): Promise<Connected> {
  const child = spawn(process.execPath, [cliPath, 'connect', course, '--lang', 'en'], { cwd: folder });
  let stderr = '';
  let hasSeen = false;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    const address = /^http\S*auth\S*$/m.exec(stderr)?.[0];
    if (address === undefined || hasSeen || !stderr.endsWith('\n')) return;
    hasSeen = true;
    void person(address, (line) => child.stdin.write(`${line}\n`));
  });
  return new Promise((resolve) => child.once('close', (exit) => resolve({ exit, stderr })));
}

/** An address on this machine where nothing listens now, for the browser to come back to. */
export async function freeRedirect(): Promise<string> {
  const free = await startHostile({});
  await free.stop();
  return `http://127.0.0.1:${String(free.port)}/callback`;
}
