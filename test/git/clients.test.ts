/**
 * The programs that universities use today, unchanged, with courses that are in no git repository: nbgitpuller, git and
 * repo2docker pull from a WebDAV server and from Stud.IP.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startStudipCourse } from '../sources/fake/studip-course.ts';
import { startWebdavServer, whyUnavailable } from '../support/webdav-servers.ts';
import { GitCourse, git, run, type Ended } from './support.ts';

const bin = fileURLToPath(new URL('../output/venv/bin', import.meta.url));
const noPrograms = ['gitpuller', 'jupyter-repo2docker'].some((name) => !existsSync(join(bin, name)))
  ? 'no nbgitpuller and repo2docker in test/output/venv (node scripts/test.mjs installs them)'
  : undefined;

interface Place {
  readonly course: GitCourse;
  readonly put: (path: string, content: string) => void;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'a WebDAV server': async () => {
    const course = new GitCourse().write(files);
    const server = await startWebdavServer('apache', course.path('course'));
    ends.push(() => server.stop());
    await course.start('    allow_private_addresses: true', `webdav+${server.url}`);
    return { course, put: (path, content) => course.write({ [path]: content }) };
  },
  'Stud.IP': async () => {
    const platform = await startStudipCourse('autor');
    ends.push(() => platform.stop());
    const there = new Set<string>();
    const put = (path: string, content: string): void => {
      const segments = path.split('/');
      if (there.has(path)) platform.site.overwrite(segments, Buffer.from(content));
      else platform.site.put(segments, Buffer.from(content));
      there.add(path);
    };
    for (const [path, content] of Object.entries(files)) put(path, content);
    const course = new GitCourse();
    writeFileSync(course.path('password'), platform.server.password, { mode: 0o600 });
    const source = `"${platform.address}dispatch.php/course/files?cid=${platform.site.course}"`;
    const credentials = `    credentials: { user: "${platform.server.user}", password_file: password }`;
    await course.start(`    allow_private_addresses: true\n${credentials}`, source);
    return { course, put };
  },
};

const LAB = ['one = 1', 'two = 2', 'three = 3', 'four = 4', 'five = 5', ''];
const files = {
  'README.md': 'Welcome\n',
  'environment.yml': 'dependencies:\n  - python=3.12\n  - numpy\n',
  'week1/lab1.py': LAB.join('\n'),
};

/** As in a student's server: a home of their own, and no git configuration but what it says. */
function as(course: GitCourse): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
  const home = course.path('home');
  mkdirSync(home, { recursive: true });
  return { cwd: home, env: { HOME: home, PATH: `${bin}:${process.env['PATH'] ?? ''}` } };
}

function expectSuccess(ended: Ended): void {
  expect([ended.status, ended.status === 0 ? '' : ended.stdout + ended.stderr]).toEqual([0, '']);
}

describe.skipIf(noPrograms !== undefined || whyUnavailable('apache') !== undefined)(
  noPrograms ?? 'unchanged programs',
  () => {
    describe.each(Object.keys(places))('a course on %s', (name) => {
      it('is pulled by nbgitpuller, merged with the student’s work, and what changes comes with the next pull', async () => {
        const { course, put } = await places[name]!();
        const student = as(course);
        const pull = (): Promise<Ended> => run('gitpuller', [course.address, 'main', 'intro'], student);
        expectSuccess(await pull());
        const lab = join(student.cwd, 'intro/week1/lab1.py');
        expect(readFileSync(lab, 'utf8')).toBe(LAB.join('\n'));

        writeFileSync(lab, LAB.join('\n').replace('one = 1', 'one = "mine"'));
        put('week1/lab1.py', LAB.join('\n').replace('five = 5', 'five = "new"'));
        put('week2/lab2.py', 'two = 2\n');
        expectSuccess(await pull());
        expect(readFileSync(lab, 'utf8')).toBe(
          LAB.join('\n').replace('one = 1', 'one = "mine"').replace('five = 5', 'five = "new"'),
        );
        expect(existsSync(join(student.cwd, 'intro/week2/lab2.py'))).toBe(true);
        expectSuccess(await pull());
        await git(join(student.cwd, 'intro'), 'fsck', '--strict', '--full');
      });

      it('has one image name for repo2docker until its environment changes', async () => {
        const { course, put } = await places[name]!();
        const first = await imageName(course);
        expect(first).toMatch(/^r2dhttp/);
        put('week1/lab1.py', 'one = 11\n');
        expect(await imageName(course)).toBe(first);
        put('environment.yml', 'dependencies:\n  - python=3.12\n  - numpy\n  - scipy\n');
        expect(await imageName(course)).not.toBe(first);
      });
    });

    it('repo2docker takes the environment by its command, and finds only that in it', async () => {
      const course = await new GitCourse().write(files).start();
      // the other providers of content ask the internet who they are
      const config = course.path('repo2docker_config.py');
      writeFileSync(config, 'from repo2docker.contentproviders import Git\nc.Repo2Docker.content_providers = [Git]\n');
      // BinderHub asks where a branch is, and has that commit built; tljh-repo2docker names HEAD
      const asked = await run('git', ['ls-remote', '--', course.environmentAddress, 'HEAD'], as(course));
      const [commit = ''] = asked.stdout.split(/\s/, 1);
      const inBinderHub = ['--no-clean', '--no-run', '--json-logs', '--user-name=jovyan', '--user-id=1000'];
      const commands = [
        [course.environmentAddress],
        ['--ref', 'main', course.address],
        [`--ref=${commit}`, '--image=registry.example.org/course:1', ...inBinderHub, course.environmentAddress],
        ['--ref', 'HEAD', '--no-run', course.environmentAddress],
      ];
      for (const words of commands) {
        const args = ['--no-build', '--debug', '--config', config, ...words];
        const rendered = await run('jupyter-repo2docker', args, as(course));
        expectSuccess(rendered);
        expect(rendered.stderr + rendered.stdout).toMatch(/(^|\\n)COPY .*environment\.yml/m);
      }
    });
  },
);

/** What repo2docker would call the image, by its own code, after its own fetch. */
async function imageName(course: GitCourse): Promise<string> {
  const script = `
import sys, tempfile
from repo2docker.app import Repo2Docker
from repo2docker.contentproviders import Git
app = Repo2Docker(content_providers=[Git])
app.repo = sys.argv[1]
with tempfile.TemporaryDirectory() as folder:
    app.fetch(app.repo, None, folder)
print(app.output_image_spec)
`;
  const ended = await run('python', ['-c', script, course.environmentAddress], as(course));
  expectSuccess(ended);
  return ended.stdout.split('\n').at(-1) ?? '';
}
