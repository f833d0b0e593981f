/** What a report says of old editors and of places that are taken is still there after the server was restarted. */
import { afterEach, expect, it } from 'vitest';
import { parseCourseId } from '../../src/core/ids.ts';
import type { RunReport } from '../../src/sync/report.ts';
import { parseRecalledReport } from '../../src/agent/recalled-report.ts';
import { course } from '../support/course.ts';
import { Story } from '../support/dsl.ts';

const stories: Story[] = [];
afterEach(() => stories.splice(0).forEach((story) => story.dispose()));

function given(text: string): Story {
  const story = new Story(course({ f: text }, { identity: 'stable' }));
  stories.push(story);
  return story;
}

function recalled(report: RunReport) {
  const id = parseCourseId(report.course)!;
  const { workspace, run } = report;
  return parseRecalledReport(JSON.parse(JSON.stringify(report)), { course: id, workspace, run });
}

it('that an old editor had saved over a file', async () => {
  const story = given('one\ntwo\nthree\n');
  await story.sync();
  story.course.put({ f: 'ONE\ntwo\nthree\n' });
  await story.sync();
  story.home({ f: 'one\ntwo\nmine\n' });
  const report = await story.sync();
  expect(report.notices).toMatchObject([{ path: 'f', revived: true }]);
  expect(recalled(report)).toEqual(report);
});

it('that a renamed file could not move', async () => {
  const story = given('one\ntwo\nthree\n');
  await story.sync();
  story.home({ f: 'one\ntwo\nmine\n', g: 'my own\n' });
  story.course.rename('f', 'g');
  const report = await story.sync();
  expect(report.notices).toMatchObject([{ path: 'f', barred: 'g' }]);
  expect(recalled(report)).toEqual(report);
});
