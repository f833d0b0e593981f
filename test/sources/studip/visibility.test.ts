import { afterEach, describe, expect, it } from 'vitest';
import type { Window } from '../../../src/sources/source.ts';
import { type View, viewOf } from '../../../src/sources/studip/student-view.ts';
import { failureOf } from '../bench.ts';
import { Reader, shown, troubles } from './reader.ts';

let reader: Reader;
afterEach(() => reader.stop());

const DAY = 24 * 3600;
const NOON = Date.UTC(2026, 10, 23, 12) / 1000;
const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** One folder of each type, each with a file, as the recorded course has them. */
async function course(role: 'autor' | 'dozent'): Promise<Reader> {
  reader = await Reader.start(role);
  const { site } = reader;
  const folder = (name: string, type: string, data?: Readonly<Record<string, unknown>>) => {
    site.makeFolder([name], type, data);
    site.put([name, 'f'], Buffer.from(name));
  };
  folder('standard', 'StandardFolder');
  folder('material', 'MaterialFolder');
  folder('topic', 'CourseTopicFolder', { topic_id: 'x', permission: 5 });
  folder('date', 'CourseDateFolder', { termin_id: 'x' });
  folder('public', 'CoursePublicFolder');
  folder('hidden', 'HiddenFolder', { download_allowed: 0 });
  folder('hidden by link', 'HiddenFolder', { download_allowed: 1 });
  folder('open', 'TimedFolder', { permission: 5, start_time: NOON - DAY, end_time: NOON + DAY });
  folder('early', 'TimedFolder', { permission: 5, start_time: NOON + DAY, end_time: NOON + 2 * DAY });
  folder('late', 'TimedFolder', { permission: 5, start_time: NOON - 2 * DAY, end_time: NOON - DAY });
  folder('drop box', 'TimedFolder', { permission: 3, start_time: NOON - DAY, end_time: NOON + DAY });
  folder('homework', 'HomeworkFolder', { permission: '3' });
  folder('my group', 'CourseGroupFolder', { group: 'x', isMember: true });
  folder('other group', 'CourseGroupFolder', { group: 'y' });
  folder('cloud', 'OwncloudFolder');
  site.put(['homework', 'mine'], Buffer.from('the account’s own'));
  Object.assign(site.file(['homework', 'mine']), { owner: 'autor' });
  site.put(['standard', 'closed course'], Buffer.from('x'));
  site.put(['standard', 'owner only'], Buffer.from('x'));
  Object.assign(site.file(['standard', 'closed course']), { licence: 'COND_1' });
  Object.assign(site.file(['standard', 'owner only']), { licence: 'COND_2' });
  site.put(['hidden', 'below', 'g'], Buffer.from('x'));
  site.put(['open', 'below', 'g'], Buffer.from('x'));
  return reader;
}

const FREE = ['date/f', 'material/f', 'public/f', 'standard/f', 'topic/f'];
const OPEN = ['open/below/g', 'open/f'].map((path) => `${path} from ${at(NOON - DAY)} until ${at(NOON + DAY + 60)}`);
const CLOUD = 'kind-refused cloud (unbekannter Typ: OwncloudFolder)';

describe('what students see', () => {
  it('is what a student’s account is shown, without what is its own', async () => {
    const listing = await (await course('autor')).list();
    expect(shown(listing)).toEqual([...['(standard/closed course)', '(standard/owner only)'], ...FREE, ...OPEN].sort());
    expect([troubles(listing), listing.complete]).toEqual([[CLOUD], true]);
  });

  it('is the same for a teacher’s account, which also knows what is withheld and until when', async () => {
    const listing = await (await course('dozent')).list();
    const hidden = ['(hidden/below/g)', '(hidden/f)', '(hidden by link/f)'];
    const conditions = ['(standard/closed course)', '(standard/owner only)'];
    const times = [
      `early/f from ${at(NOON + DAY)} until ${at(NOON + 2 * DAY + 60)}`,
      `late/f from ${at(NOON - 2 * DAY)} until ${at(NOON - DAY + 60)}`,
    ];
    expect(shown(listing)).toEqual([...hidden, ...conditions, ...FREE, ...OPEN, ...times].sort());
    expect([troubles(listing), listing.complete]).toEqual([[CLOUD], true]);
  });

  it.each(['autor', 'dozent'] as const)('never asks for what students hand in or groups keep (%s)', async (role) => {
    await course(role);
    const asked: string[] = [];
    const { site } = reader;
    const disturb = site.disturb;
    site.disturb = (items, folder) => {
      asked.push(site.folders.get(folder)?.name ?? '');
      return disturb(items, folder);
    };
    await reader.list();
    expect(asked).toContain('standard');
    for (const name of ['homework', 'drop box', 'my group', 'other group']) expect(asked).not.toContain(name);
  });

  it('opens when Stud.IP opens it', async () => {
    await course('autor');
    expect(shown(await reader.list()).join()).not.toContain('early');
    reader.passMinutes(24 * 60);
    expect(shown(await reader.list()).join()).toContain('early/f');
  });

  it('is nothing when the account is no longer in the course, and that is no empty course', async () => {
    await course('autor');
    reader.site.isMember = false;
    const error = await failureOf(reader.list());
    expect(error.code).toBe('source-forbidden');
    expect(error.params['detail']).toContain('the account is not in the course');
  });
});

describe('a folder that lies too deep for a path', () => {
  it('is a problem, once, with all below it', async () => {
    reader = await Reader.start();
    const path = Array.from({ length: 40 }, () => 'd');
    reader.put({ 'a.txt': 'a', [[...path, 'f'].join('/')]: 'f', [[...path, 'e', 'g'].join('/')]: 'g' });
    const listing = await reader.list();
    expect([shown(listing), listing.complete]).toEqual([['a.txt'], true]);
    expect(troubles(listing)).toEqual([`name-refused ${path.slice(0, 33).join('/')}`]);
  });
});

describe('a part of a course', () => {
  it('is a folder with all below it', async () => {
    await course('autor');
    const { id } = reader.site.folder(['open']);
    expect(shown(await reader.list({ folder: id })).map((line) => line.split(' ')[0])).toEqual(['below/g', 'f']);
  });

  it('is nobody’s when the folder is hidden, and not found when it was deleted', async () => {
    await course('autor');
    const { id } = reader.site.folder(['hidden']);
    expect((await failureOf(reader.list({ folder: id }))).code).toBe('source-forbidden');
    expect((await failureOf(reader.list({ folder: 'a'.repeat(32) }))).code).toBe('source-not-found');
  });

  it('is withheld where only staff see it', async () => {
    await course('dozent');
    expect(shown(await reader.list({ folder: reader.site.folder(['hidden']).id }))).toEqual(['(below/g)', '(f)']);
  });

  it.each([
    ['standard/f', ['f']],
    ['hidden by link/f', ['f']],
    ['standard/owner only', ['(owner only)']],
  ])('is the file %s by its address', async (path, expected) => {
    await course('autor');
    const { origins: [origin = ''] = [] } = reader.course;
    const url = `${origin}/studip/dispatch.php/file/details/${reader.site.file(path.split('/')).id}`;
    expect(shown(await reader.list({ url }))).toEqual(expected);
  });

  it('is no file that is hidden or deleted', async () => {
    await course('autor');
    const { origins: [origin = ''] = [] } = reader.course;
    const page = `${origin}/studip/dispatch.php/file/details/`;
    const hidden = reader.site.file(['hidden', 'f']).id;
    expect((await failureOf(reader.list({ url: page + hidden }))).code).toBe('source-forbidden');
    expect((await failureOf(reader.list({ url: page + 'b'.repeat(32) }))).code).toBe('source-not-found');
  });
});

describe('the view of a folder', () => {
  const folder = (type: string, rights = {}, isReadable = true) =>
    ({ id: 'x', type, name: 'x', isReadable, isEditable: false, count: 0, rights }) as const;
  const open = (window: Window = {}): View => ({ kind: 'open', window });

  it.each<[string, ReturnType<typeof folder>, View | undefined, string]>([
    ['an ordinary one', folder('StandardFolder'), open(), 'open'],
    ['below a hidden one', folder('StandardFolder'), { kind: 'withheld' }, 'withheld'],
    ['below homework', folder('StandardFolder'), { kind: 'private' }, 'private'],
    ['below an unknown one', folder('StandardFolder'), { kind: 'unknown' }, 'withheld'],
    ['of a group below a hidden one', folder('CourseGroupFolder'), { kind: 'withheld' }, 'private'],
    ['that may not be read', folder('StandardFolder', {}, false), open(), 'withheld'],
    ['that may not be seen', folder('CourseTopicFolder', { permission: 4 }), open(), 'withheld'],
    ['that may only be written', folder('CourseTopicFolder', { permission: 3 }), open(), 'private'],
    ['without times', folder('TimedFolder', { permission: 5 }), open(), 'open'],
    [
      'that opens after the one above it closes',
      folder('TimedFolder', { start: NOON }),
      open({ until: at(NOON) }),
      'withheld',
    ],
    ['of a plugin below a hidden one', folder('VipsFolder'), { kind: 'withheld' }, 'unknown'],
  ])('%s', (_name, given, above, kind) => {
    expect(viewOf(given, above).kind).toBe(kind);
  });

  it('is open while it and all above it are', () => {
    const above = open({ from: at(NOON), until: at(NOON + 3 * DAY) });
    expect(viewOf(folder('TimedFolder', { start: NOON - DAY, end: NOON + DAY }), above)).toEqual(
      open({ from: at(NOON), until: at(NOON + DAY + 60) }),
    );
    expect(viewOf(folder('StandardFolder'), above)).toEqual(above);
  });
});
