/** Getting in where a server wants to know who one is: the code its page shows, typed once. */
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { createHttp } from '../sources/create-http.ts';
import { readJson } from '../sources/json-answer.ts';
import type { CourseLink } from './link-address.ts';
import { isPrivate } from './server-tokens.ts';
import { connectSentences } from './sentences.ts';
import type { Shell } from './shell.ts';

const answer = z.object({ token: z.string().regex(/^[\x21-\x7e]{1,4096}$/) });

const MAX_ANSWER_BYTES = 16 * 1024;
/** Codes that may be mistyped. */
const TRIES = 3;

/**
 * Asks for the code and gives the token for it. `F2GIT_CODE` is taken where nobody can be asked.
 * @throws {F2gitError} `link-unencrypted`; `code-needed` when there is nobody to ask, `code-refused`, and what sending throws
 */
export async function signInByCode(link: CourseLink, address: string, shell: Shell): Promise<Secret> {
  if (!isPrivate(link)) throw new F2gitError('link-unencrypted', { params: { url: address } });
  const given = shell.environment['F2GIT_CODE'];
  if (given !== undefined) return redeem(link, given, shell.signal);
  if (!process.stdin.isTTY) throw new F2gitError('code-needed', { params: { url: address } });
  const { terminal } = shell;
  terminal.endProgress();
  terminal.warn(say(connectSentences.codeWanted, terminal.language));
  terminal.warn(address);
  for (let tries = 1; ; tries++) {
    const code = await askFor(say(connectSentences.code, terminal.language), shell.signal);
    try {
      return await redeem(link, code, shell.signal);
    } catch (error) {
      if (!(error instanceof F2gitError) || error.code !== 'code-refused' || tries === TRIES) throw error;
      terminal.warn(say(connectSentences.codeAgain, terminal.language));
    }
  }
}

async function askFor(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(`${question} `, { signal });
  } finally {
    lines.close();
  }
}

async function redeem(link: CourseLink, code: string, signal: AbortSignal): Promise<Secret> {
  const http = createHttp({
    allowPrivateAddresses: false,
    allowedOrigins: [new URL(link.server).host],
    // a code goes where the link says, and nowhere else
    limits: { redirects: 0 },
  });
  try {
    const response = await http.send(
      {
        method: 'POST',
        url: new URL(`api/courses/${link.course}/token`, link.server).href,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ code: code.slice(0, 100) }),
        purpose: 'listing',
        maxBytes: MAX_ANSWER_BYTES,
        once: true,
      },
      signal,
    );
    if (response.status === 200) return new Secret((await readJson(response, answer)).token);
    await response.discard();
    throw new F2gitError(response.status === 403 ? 'code-refused' : 'source-unreachable', {
      params: { status: response.status },
    });
  } finally {
    await http.close();
  }
}
