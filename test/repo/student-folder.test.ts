/** Where a student's own part of a course is, by the name of the account. */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { studentFolder } from '../../src/configured-course.ts';
import { CourseFolder } from '../../src/repo/course-folder.ts';
import { temporaryFolder } from './support/course.ts';

it('is never taken for a temporary file, whatever the account is called', () => {
  const text = `data: ./data
homes: ./homes/{user}
auth: none
courses:
  python:
    source: { type: folder, path: ./course }
`;
  const config = parseConfig(text, { folder: temporaryFolder(), environment: {} });
  const [course] = config.courses.values();
  const names = ['anna', 'tmp_f2git_eve', 'draft_f2git_bob', '%tmp_f2git_eve', '../x'];
  const dirs = names.map((name) => studentFolder(config, course!, { name, groups: [] }));
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
  const students = dirname(dirs[0]!);
  const whole = new CourseFolder({ dir: dirname(students), audience: 'all', identity: '' });
  whole.sweepStudents();
  expect(readdirSync(students).sort()).toEqual(dirs.map((dir) => basename(dir)).sort());
  expect(whole.students()).toHaveLength(names.length);
});
