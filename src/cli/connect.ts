/** `f2git connect`: signs f2git in to a course's platform, by the browser of somebody who may see the course there. */
import { createInterface } from 'node:readline';
import { F2gitError } from '../errors.ts';
import { say } from '../messages/language.ts';
import { type Authorization, beginAuthorization } from '../oauth/authorize.ts';
import type { OAuthClient } from '../oauth/client.ts';
import { writeTokens } from '../oauth/token-file.ts';
import { requestTokens } from '../oauth/token-request.ts';
import { waitForCode } from '../oauth/wait-for-code.ts';
import { createHttp } from '../sources/create-http.ts';
import { courseNamed, readConfiguration } from './configuration.ts';
import { connectSentences } from './sentences.ts';
import type { Command, Shell } from './shell.ts';

/** How long a person may take. Milliseconds. */
const PATIENCE_MS = 10 * 60_000;

export const connect: Command = async (invocation, shell) => {
  const { terminal } = shell;
  const course = courseNamed(readConfiguration(invocation, shell), invocation.positionals[0] ?? '');
  const { adapter, config } = course.source;
  const endpoints = adapter.oauth?.(config);
  const { oauth, allowPrivateAddresses } = course;
  if (oauth === undefined || endpoints === undefined) {
    const detail = 'there is no "oauth" to sign in with';
    throw new F2gitError('config-invalid', { params: { key: `courses.${course.id}.credentials`, detail } });
  }
  const authorization = beginAuthorization(endpoints, oauth);
  const code = await askForCode(oauth, authorization, shell);
  const http = createHttp({ allowPrivateAddresses });
  try {
    const grant = { kind: 'code', code, verifier: authorization.verifier } as const;
    writeTokens(oauth.tokenFile, await requestTokens(http, endpoints.token, oauth, grant, Date.now(), shell.signal));
  } finally {
    await http.close();
  }
  terminal.tell(say(connectSentences.connected, terminal.language, { course: course.id }));
  if (terminal.json) terminal.printDocument({ f2git: 1, course: course.id, connected: true });
  return 0;
};

/** Shows the address; the answer comes by the browser on this machine, or pasted from another one's. */
async function askForCode(client: OAuthClient, authorization: Authorization, shell: Shell): Promise<string> {
  const { terminal } = shell;
  const { language } = terminal;
  const pages = {
    done: say(connectSentences.pageDone, language),
    refused: say(connectSentences.pageRefused, language),
  };
  const signal = AbortSignal.any([shell.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const waiting = await waitForCode(client, authorization, pages, signal);
  terminal.warn(say(connectSentences.open, language, { redirect: client.redirectUrl }));
  terminal.warn(authorization.address);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() !== '' && !waiting.paste(line))
      terminal.warn(say(connectSentences.notIt, language, { redirect: client.redirectUrl }));
  });
  try {
    return await waiting.code;
  } finally {
    lines.close();
  }
}
