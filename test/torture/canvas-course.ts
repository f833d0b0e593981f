/** A course on a platform that tells a renamed file from another one. */
import { startCanvasCourse } from '../sources/fake/canvas-course.ts';
import type { Stand } from './stand.ts';

/** What the course has at first; each file has a line of its own. */
const first = ['sheet1', 'sheet2', 'sheet3', 'left', 'right', 'old', 'new', 'same'];

/** One after the other, `way` being on the way from one name to another only. */
const renames = [
  ['sheet3', 'sheet4'],
  ['sheet2', 'sheet3'],
  ['sheet1', 'sheet2'],
  ['left', 'way'],
  ['right', 'left'],
  ['way', 'right'],
  ['new', 'old'],
] as const;

/**
 * Sheets move up by one, in the place of the first comes another; two files change their names; one takes the name of a
 * file that goes. The student has worked in some of them.
 */
export async function renamesOnCanvas(stand: Stand): Promise<{ kind: 'command'; args: readonly string[] }> {
  const course = await startCanvasCourse('staff');
  stand.stop = () => course.stop();
  stand.environment = { F2GIT_TOKEN: course.credentials?.token?.reveal() ?? '' };
  const { state, driver } = course;
  const pull = { kind: 'command', args: ['pull', `${course.origin}/courses/7/files`, 'w', '--json'] } as const;

  for (const name of first) state.add([`${name}.txt`], Buffer.from(text(name)));
  await stand.must(...pull.args);
  stand.student({
    'mine.txt': 'my own file\n',
    'sheet2.txt': text('sheet2', 'my answer'),
    'left.txt': text('left', 'my words'),
    'new.txt': text('new', 'my part'),
  });

  await driver.remove(['old.txt']);
  for (const [from, to] of renames) await driver.rename?.([`${from}.txt`], `${to}.txt`);
  state.add(['sheet1.txt'], Buffer.from(text('another sheet')));
  state.overwrite(['same.txt'], Buffer.from(text('same', 'the course’s')));
  return pull;
}

function text(name: string, second = 'as it was'): string {
  return `${name}, first line\n${name}, second line: ${second}\n${name}, third line\n`;
}
