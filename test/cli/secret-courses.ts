/** A course behind every adapter and every way to sign in, each with secrets that are like nothing else, in one server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { Course } from '../sources/harness.ts';
import { startCanvasCourse } from '../sources/fake/canvas-course.ts';
import { startIliasCourse, startSoapCourse } from '../sources/fake/ilias-course.ts';
import { startMoodleCourse } from '../sources/fake/moodle-course.ts';
import { startStudipCourse } from '../sources/fake/studip-course.ts';
import { startWebdavCourse } from '../sources/fake/webdav-course.ts';
import type { Answer, WebServer } from '../sources/fake/web-server.ts';
import { startZipCourse } from '../sources/fake/zip-course.ts';
import { startGitCourse } from '../sources/git/git-course.ts';
import { obscure } from '../sources/rclone/course.ts';
import { CLIENT_ID, CLIENT_SECRET, type OAuthDesk } from '../support/oauth-server.ts';
import { secretWord } from '../support/secret-words.ts';

/** One course of the configuration. */
export interface SecretCourse {
  readonly name: string;
  readonly course: Course;
  /** The mapping of its source. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Keys of `credentials`; the files they name are written already. */
  readonly credentials: Readonly<Record<string, unknown>> | undefined;
  /** For `pull` by somebody alone: what is typed, and the environment. */
  readonly address: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** From now on requests are answered by `answer`, which is told all that the request told, until it is undefined. */
  disturb(answer: ((echo: string, address: string) => Answer | undefined) | undefined): void;
}

type Running = Course & { readonly server: WebServer };

/** Holds the token of one course, as an administrator may choose. */
export const TOKEN_VARIABLE = 'F2GIT_TEST_TOKEN';

/** Starts all of them; their secrets lie in `folder`, below `secrets`, and one in the environment. */
export async function startSecretCourses(folder: string): Promise<readonly SecretCourse[]> {
  const keep = keeperIn(folder);
  const moodle = await startMoodleCourse('student');
  const account = { name: 'lehre', password: `Paß-${secretWord('a password of Moodle')}` };
  const moodleByPassword = await startMoodleCourse('student');
  moodleByPassword.site.user = account;
  const canvas = await startCanvasCourse('student', { hasVerifiers: true });
  process.env[TOKEN_VARIABLE] = canvas.credentials?.token?.reveal() ?? '';
  const canvasByPublicUrl = await startCanvasCourse('staff', { knowsTokensOnPages: false });
  const share = await startWebdavCourse({ share: secretWord('the key of a share') });
  const archive = await startZipCourse(secretWord('the key of an archive'));
  const studip = await startStudipCourse();
  const studipOAuth = await startStudipCourse('dozent');
  const canvasOAuth = await startCanvasCourse('student');
  return [
    byPassword('webdav', await startWebdavCourse(), keep),
    byPassword('webdav-digest', await startWebdavCourse({ isDigest: true }), keep),
    open('webdav-share', share),
    byPassword('zip', await startZipCourse(), keep),
    open('zip-key', archive),
    byPassword('git', await startGitCourse(), keep),
    byPassword('studip', studip, keep),
    byOAuth('studip-oauth', studipOAuth, keep),
    byPassword('ilias', await startIliasCourse(), keep),
    byPassword('ilias-soap', await startSoapCourse(), keep),
    { ...byToken('canvas', canvas, keep), credentials: { token_env: TOKEN_VARIABLE } },
    byToken('canvas-public-url', canvasByPublicUrl, keep),
    byOAuth('canvas-oauth', canvasOAuth, keep),
    byToken('moodle', moodle, keep),
    {
      ...withServer('moodle-password', moodleByPassword),
      credentials: { user: account.name, password_file: keep('moodle-password', account.password) },
      env: { F2GIT_USER: account.name, F2GIT_PASSWORD: account.password },
    },
    await byRclone(folder, keep),
  ];
}

type Keep = (name: string, secret: string) => string;

/** Writes secrets as an administrator does; gives the path for the configuration. */
function keeperIn(folder: string): Keep {
  return (name, secret) => {
    const path = join('secrets', name);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), secret, { mode: 0o600 });
    return path;
  };
}

function byPassword(name: string, course: Course & { readonly server: Disturbed }, keep: Keep): SecretCourse {
  const { user = '', password } = course.credentials ?? {};
  const secret = password?.reveal() ?? '';
  return {
    ...withServer(name, course),
    credentials: { user, password_file: keep(name, secret) },
    env: { F2GIT_USER: user, F2GIT_PASSWORD: secret },
  };
}

function byToken(name: string, course: Running, keep: Keep): SecretCourse {
  const token = course.credentials?.token?.reveal() ?? '';
  return {
    ...withServer(name, course),
    credentials: { token_file: keep(name, token) },
    env: { F2GIT_TOKEN: token },
  };
}

/** Signed in long ago: the token has to be renewed first. */
function byOAuth(name: string, course: Running & { readonly desk: OAuthDesk }, keep: Keep): SecretCourse {
  const { access, refresh } = course.desk.issue();
  const expires = new Date(Date.now() - 1000).toISOString();
  const file = keep(name, JSON.stringify({ f2git: 1, access_token: access, refresh_token: refresh, expires }));
  const client = { client_id: CLIENT_ID, client_secret_file: keep(`${name}-client`, CLIENT_SECRET) };
  return {
    ...withServer(name, course),
    credentials: { oauth: { ...client, token_file: file } },
    // `pull` knows no sign-in by the browser
    address: undefined,
    env: {},
  };
}

/** What opens it stands in its address. */
function open(name: string, course: Running): SecretCourse {
  return { ...withServer(name, course), credentials: undefined, env: {} };
}

/** A remote with a password of its own, in a configuration with another. */
async function byRclone(folder: string, keep: Keep): Promise<SecretCourse> {
  const course = await startWebdavCourse();
  const { user = '', password } = course.credentials ?? {};
  const { origin } = new URL(String(course.raw['url']));
  const lines = ['[uni]', 'type = webdav', `url = ${origin}/dav/`, 'vendor = other', `user = ${user}`];
  const config = keep('rclone.conf', [...lines, `pass = ${obscure(password?.reveal() ?? '')}`, ''].join('\n'));
  const ofConfig = secretWord('the password of a configuration of rclone');
  return {
    ...withServer('rclone', course),
    source: { type: 'rclone', remote: 'uni', path: 'kurs', config },
    credentials: { password_file: keep('rclone', ofConfig) },
    address: 'rclone:uni:kurs',
    env: { RCLONE_CONFIG: join(folder, config), F2GIT_PASSWORD: ofConfig },
  };
}

/** The servers of this suite differ only in how they are told what to say. */
type Disturbed = WebServer | Awaited<ReturnType<typeof startGitCourse>>['server'];

function withServer(
  name: string,
  course: Course & { readonly server: Disturbed },
): Omit<SecretCourse, 'credentials' | 'env'> {
  const { server, raw } = course;
  const { type, url } = raw as { readonly type: string; readonly url: string };
  return {
    name,
    course,
    source: raw,
    address: ['webdav', 'zip', 'git'].includes(type) && !url.includes('/s/') ? `${type}+${url}` : url,
    disturb(answer) {
      if (answer === undefined) server.interfere = undefined;
      else if ('authorizations' in server) server.interfere = (...visit) => answerGit(answer, ...visit);
      else server.interfere = ({ request, body }) => answer(echoOf(request, body), request.url ?? '');
    },
  };
}

function answerGit(
  answer: (echo: string, address: string) => Answer | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const found = answer(echoOf(request, ''), request.url ?? '');
  if (found === undefined) return false;
  const { status, headers, body } = found;
  request.resume();
  response.writeHead(status, headers).end(body);
  return true;
}

/** All a server was told, in every form it can understand. */
function echoOf({ url = '', headers }: IncomingMessage, body: string): string {
  const [, basic = ''] = /^Basic (.*)$/.exec(headers.authorization ?? '') ?? [];
  const form = [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`);
  const told = [url, decodeURIComponent(url), headers.authorization, headers.cookie, ...form, body];
  return [...told, Buffer.from(basic, 'base64').toString()].filter((part) => part !== undefined).join(' ');
}
