import { describe, expect, it } from 'vitest';
import type { Folder } from '../../../src/sources/studip/documents.ts';
import { placeFolders } from '../../../src/sources/studip/folder-tree.ts';

function folder(id: string, parent?: string, type = 'StandardFolder'): Folder {
  const common = { id, type, name: id.toUpperCase(), isReadable: true, isEditable: false, count: 0, rights: {} };
  return parent === undefined ? common : { ...common, parent };
}

const COURSE = [folder('root'), folder('a', 'root'), folder('b', 'a'), folder('c', 'b')];

/** Where each folder is, `-` for outside what is read. */
function places(folders: readonly Folder[], top = 'root'): Readonly<Record<string, string>> {
  const { placed, homeless } = placeFolders(folders, top);
  return {
    ...Object.fromEntries([...placed].map(([id, { segments }]) => [id, segments?.join('/') ?? '-'])),
    ...Object.fromEntries(homeless.map(({ id }) => [id, 'homeless'])),
  };
}

describe('the folders of a course', () => {
  it.each([
    ['from the root down', COURSE],
    ['from the leaves up', COURSE.toReversed()],
  ])('have their places, told %s', (_name, folders) => {
    expect(places(folders)).toEqual({ root: '', a: 'A', b: 'A/B', c: 'A/B/C' });
  });

  it('have places below the folder that is read', () => {
    expect(places(COURSE, 'b')).toEqual({ root: '-', a: '-', b: '', c: 'C' });
  });

  it.each([
    ['whose parent nobody told of', folder('x', 'nowhere')],
    ['that is its own parent', folder('x', 'x')],
    ['that is a second root', folder('x')],
  ])('one %s has no place, and nothing below it', (_name, lost) => {
    const { x, y, ...rest } = places([...COURSE, lost, folder('y', 'x')]);
    expect([x, y]).toEqual(['homeless', 'homeless']);
    expect(rest).toEqual(places(COURSE));
  });

  it('that are above each other have no places', () => {
    expect(places([...COURSE, folder('x', 'y'), folder('y', 'x')])).toMatchObject({ x: 'homeless', y: 'homeless' });
  });

  it('may be nested without end', () => {
    const deep = Array.from({ length: 20_000 }, (_, at) =>
      folder(`f${String(at)}`, at === 0 ? 'root' : `f${String(at - 1)}`),
    );
    const { placed, homeless } = placeFolders([...COURSE, ...deep].toReversed(), 'root');
    expect([placed.size, homeless.length]).toEqual([20_004, 0]);
  });
});
