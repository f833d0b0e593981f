/** The address of one activity: what is in it, found by its number. */
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/sources/source.ts';
import { entryAt, failureOf, pathsOf } from '../bench.ts';
import type { SiteModule } from '../fake/moodle-site.ts';
import { addFile, signal, start } from './world.ts';

describe('the address of an activity', () => {
  const FIND = 'core_course_get_course_module';

  async function withFolder() {
    const world = await start();
    const { site } = world;
    const section = site.addSection('Woche 1');
    addFile(site, section, 'outside.txt');
    const folder = site.addModule(section, 'folder', 'Übung');
    folder.files?.set('/sub/a.txt', { bytes: Buffer.from('a'), modified: 1 });
    const single = addFile(site, section, 'b.txt');
    const addressOf = (module: SiteModule) => `${site.siteAddress}/mod/folder/view.php?id=${String(module.id)}`;
    return { ...world, folder, single, addressOf };
  }

  it('is what is in it, with the ids it has in the course', async () => {
    const { site, open, listed, folder, single, addressOf } = await withFolder();
    const course = (await listed()).listing;
    site.functions.push(FIND);
    const inFolder = (await (await open({ url: addressOf(folder) })).list(signal)) as Listing;
    expect(pathsOf(inFolder)).toEqual(['sub/a.txt']);
    expect(entryAt(inFolder, 'sub', 'a.txt').id).toBe(entryAt(course, 'Woche 1', 'Übung', 'sub', 'a.txt').id);
    const alone = (await (await open({ url: addressOf(single) })).list(signal)) as Listing;
    expect(pathsOf(alone)).toEqual(['b.txt']);
  });

  it('takes nothing from anybody when it is hidden, and says what the service lacks', async () => {
    const { site, open, folder, addressOf } = await withFolder();
    const codeOf = async (url: string) => {
      const { code, params } = await failureOf((await open({ url })).list(signal));
      return `${code}: ${String(params['detail'])}`;
    };
    expect(await codeOf(addressOf(folder))).toBe(`source-forbidden: the web service lacks the function ${FIND}`);
    site.functions.push(FIND);
    folder.visible = false;
    expect(await codeOf(addressOf(folder))).toBe('source-forbidden: the account may not see it');
    const gone = `${site.siteAddress}/mod/folder/view.php?id=4711`;
    expect(await codeOf(gone)).toBe('source-not-found: there is no course or activity with this number');
    // Where the course is known, nobody is asked where the activity is.
    folder.visible = true;
    site.functions = site.functions.filter((name) => name !== FIND);
    expect(pathsOf((await (await open({ url: addressOf(folder), course: 5 })).list(signal)) as Listing)).toEqual([
      'sub/a.txt',
    ]);
    folder.visible = false;
    const hidden = await open({ url: addressOf(folder), course: 5 });
    expect((await failureOf(hidden.list(signal))).code).toBe('source-forbidden');
  });
});
