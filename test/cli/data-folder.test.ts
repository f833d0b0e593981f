/** The data folder of a server: what is not released yet lies there, so nobody else may use it. */
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { f2git, startServer, writeFiles } from '../e2e/support.ts';
import { expectRefusal, giveAway, noOrdinaryPerson, ordinaryPerson, scratch } from './support.ts';

const place = scratch();
const { folder } = place;
afterAll(place.remove);

const data = join(folder, 'data');
const yaml = (auth: string): string =>
  `homes: ./homes/{user}\ndata: ./data\nauth: ${auth}\nhub: { url: https://hub.example.org/ }\ncourses:\n  c: { source: ./course, freshness: 0s }\n`;
const modeOf = (path: string): number => statSync(path).mode & 0o777;

beforeEach(() => {
  for (const name of ['course', 'data']) rmSync(join(folder, name), { recursive: true, force: true });
  writeFiles(join(folder, 'course'), { 'a.txt': 'x\n' });
  writeFileSync(join(folder, 'f2git.yaml'), yaml('none'));
  chmodSync(folder, 0o755);
});

describe('a data folder that is open to others', () => {
  beforeEach(() => {
    mkdirSync(data);
    chmodSync(data, 0o777);
  });

  it.each([
    ['sync', ['sync', 'c']],
    ['link', ['link', 'c']],
    ['preview', ['preview', 'c']],
  ])('is closed by %s, which says so once', async (_, command) => {
    const first = await f2git(command, { cwd: folder });
    expect(first.stderr).toContain(`The data folder "${data}" was open to others (777); it no longer is.`);
    expect([first.status, modeOf(data)]).toEqual([0, 0o700]);
    expect((await f2git(command, { cwd: folder })).stderr).not.toContain('open to others');
  });

  it('is closed by the server, with a line in its log', async () => {
    const server = await startServer(folder, yaml('none'));
    await server.stop();
    expect(modeOf(data)).toBe(0o700);
    expect(server.output()).toMatch(
      /"level":"warn","event":"data folder was open to others, closed it","folder":".*","mode":"777"/,
    );
  });

  it('is left as it is by check, which says what to do', async () => {
    const { status, stdout } = await f2git(['check'], { cwd: folder });
    expect([status, modeOf(data)]).toEqual([2, 0o777]);
    expect(stdout).toContain(`chmod 700 "${data}"`);
  });
});

const nobody = ordinaryPerson;

describe.skipIf(nobody === undefined || noOrdinaryPerson !== undefined)(
  `somebody else’s data folder (${noOrdinaryPerson ?? 'needs root'})`,
  () => {
    const options = { cwd: folder, ...(nobody && { as: nobody }) };
    const everyCommand = [
      ['sync', 'c'],
      ['link', 'c'],
      ['preview', 'c'],
      ['purge', 'c', 'a.txt'],
      ['confirm', 'c'],
    ];

    const expectRefused = async (command: readonly string[], says: RegExp): Promise<void> => {
      await expectRefusal(folder, command, { code: 'data-refused', says, ...(nobody && { as: nobody }) });
    };

    function makeTheirs(mode: number, group: number | undefined): void {
      mkdirSync(data);
      chownSync(data, 0, group ?? 0);
      chmodSync(data, mode);
      writeFileSync(join(folder, 'f2git.yaml'), yaml('jupyterhub'));
    }

    it('is used where it was given to our group', async () => {
      makeTheirs(0o770, nobody?.gid);
      const { status, stderr } = await f2git(['sync', 'c'], options);
      expect([status, modeOf(data)]).toEqual([0, 0o770]);
      expect(stderr).not.toContain('open to others');
    });

    it('is used where others may only read it, as a volume of containers: what we have in it is closed', async () => {
      makeTheirs(0o775, nobody?.gid);
      mkdirSync(join(data, 'c'));
      giveAway(join(data, 'c'));
      chmodSync(join(data, 'c'), 0o755);
      const { status, stderr } = await f2git(['sync', 'c'], options);
      expect(stderr).toContain('is open to others (775), and f2git cannot change that');
      expect([status, modeOf(data), modeOf(join(data, 'c'))]).toEqual([0, 0o775, 0o700]);
    });

    it('is refused where others may write in it', async () => {
      makeTheirs(0o777, nobody?.gid);
      for (const command of everyCommand) await expectRefused(command, /open to others/);
    });

    it('is used for trying out where others may write in it, and that is said', async () => {
      makeTheirs(0o777, nobody?.gid);
      writeFileSync(join(folder, 'f2git.yaml'), yaml('none'));
      const { status, stderr } = await f2git(['sync', 'c'], options);
      expect([status, stderr]).toEqual([0, expect.stringContaining('open to others (777), and f2git cannot change')]);
    });

    it('is refused where we may not write, by every command with the same exit code and its name', async () => {
      makeTheirs(0o755, 0);
      const says = /the data folder “\/.*\/data”.*no permission/;
      for (const command of everyCommand) await expectRefused(command, says);
      expect((await f2git(['check'], options)).status).toBe(2);
      writeFileSync(join(folder, 'f2git.yaml'), yaml('none'));
      await expectRefused(['serve', '--port', '0'], says);
    });
  },
);
