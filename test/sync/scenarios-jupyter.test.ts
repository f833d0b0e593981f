/** What Jupyter leaves beside files: it is the student's, and it is no reason to be stuck. */
import { afterEach, describe, expect, it } from 'vitest';
import { course, type CourseFiles } from '../support/course.ts';
import { actionsOf, Story } from '../support/dsl.ts';

const stories: Story[] = [];
function given(files: CourseFiles): Story {
  const story = new Story(course(files));
  stories.push(story);
  return story;
}
afterEach(() => {
  for (const story of stories.splice(0)) story.dispose();
});

describe('a course folder that becomes a file (33)', () => {
  it.each(['.ipynb_checkpoints/i-checkpoint.txt', '.~other.txt', '.git/config', '.DS_Store'])(
    'stays as the student’s where %s is in it; the file lies beside, with one click',
    async (left) => {
      const story = given({ 'n/i.txt': 'one\n', k: 'k\n' });
      await story.sync();
      story.home({ [`n/${left}`]: 'mine\n' });
      story.course.publish({ n: 'file\n', k: 'k\n' });
      const report = await story.sync();
      expect(actionsOf(report)).toEqual({ n: 'copied', 'n/i.txt': 'removed' });
      story.expectHome({ k: 'k\n', 'n.course': 'file\n', [`n/${left}`]: 'mine\n' });
      expect((await story.sync()).outcome).toBe('unchanged');
    },
  );
});

describe('a course folder that goes (5)', () => {
  it('stays as far as Jupyter’s checkpoints are in it', async () => {
    const story = given({ 'n/i.txt': 'one\n', k: 'k\n' });
    await story.sync();
    story.home({ 'n/.ipynb_checkpoints/i-checkpoint.txt': 'mine\n' });
    story.course.remove('n/i.txt');
    expect(actionsOf(await story.sync())).toEqual({ 'n/i.txt': 'removed' });
    story.expectHome({ k: 'k\n', 'n/.ipynb_checkpoints/i-checkpoint.txt': 'mine\n' });
    expect((await story.sync()).outcome).toBe('unchanged');
  });
});
