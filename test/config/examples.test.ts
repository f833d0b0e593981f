/** That the files in `examples/` are what f2git itself reads, and fit together. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config.ts';

const folder = join(import.meta.dirname, '../../examples');
/** What judges units, and for the name of the skipped test why it cannot. */
const judge = '/usr/bin/systemd-analyze';
const noJudge = existsSync(judge) ? '' : ' (systemd-analyze is not installed)';
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

it.each(['compose', 'jupyterhub', 'systemd', 'tljh', 'z2jh'])('%s: f2git.yaml is read without a complaint', (name) => {
  // a token in a file would be looked for here
  const text = read(`${name}/f2git.yaml`).replace(/token_file: \S+/, 'token_env: F2GIT_HUB_TOKEN');
  const environment = { F2GIT_HUB_TOKEN: 'x', JUPYTERHUB_BASE_URL: '/' };
  const config = parseConfig(text, { folder: join(folder, name), environment });
  expect([config.auth, config.courses.size]).toEqual(['jupyterhub', 1]);
});

it('compose: the container serves where the configuration says', () => {
  const { services } = parse(read('compose/compose.yaml')) as {
    services: { f2git: { command: string[]; volumes: string[]; healthcheck: { test: string[] } } };
  };
  const { command, volumes, healthcheck } = services.f2git;
  const { data, prefix, listen } = parse(read('compose/f2git.yaml')) as Record<string, string>;
  expect(command).toEqual(['f2git', 'serve', '--config', '/etc/f2git/f2git.yaml']);
  expect(volumes).toEqual(['./f2git.yaml:/etc/f2git/f2git.yaml:ro', `f2git-data:${data ?? ''}`]);
  expect(healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${listen?.split(':')[1] ?? ''}${prefix ?? ''}ready`);
});

it('systemd: the unit starts f2git with the file beside it, and keeps its data where that says', () => {
  const lines = [...read('systemd/f2git.service').matchAll(/^(\w+)=(.*)$/gm)];
  const unit = new Map(lines.map(([, key = '', value = '']) => [key, value]));
  expect(unit.get('ExecStart')).toBe('/usr/bin/env f2git serve --config /etc/f2git/f2git.yaml');
  expect(unit.get('StateDirectory')).toBe('f2git');
  expect((parse(read('systemd/f2git.yaml')) as { data: string }).data).toMatch(/^\/var\/lib\/f2git\//);
});

it.skipIf(noJudge !== '')(`systemd: has nothing to say about the unit, and finds it locked up${noJudge}`, () => {
  const unit = join(folder, 'systemd/f2git.service');
  // whatever it has to say stands on stderr, and need not change its status
  expect(execFileSync('/bin/sh', ['-c', '"$1" verify "$2" 2>&1', 'sh', judge, unit], { encoding: 'utf8' })).toBe('');
  // ten times the exposure it gives: 51, and 86 without what it takes away from root
  const judged = ['security', '--offline=true', '--threshold=60', unit];
  expect(() => execFileSync(judge, judged, { stdio: 'pipe' })).not.toThrow();
});
