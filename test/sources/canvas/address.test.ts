import { describe, expect, it } from 'vitest';
import { canvasIdentity, canvasName, parseCanvasConfig } from '../../../src/sources/canvas/address.ts';
import { nextPage } from '../../../src/sources/canvas/link-header.ts';
import { readMemory, writeMemory } from '../../../src/sources/canvas/memory.ts';

const BASE = 'https://canvas.example.edu';

/** What a mapping means: course, folder or file, and the name it gets; or the key it is refused for. */
function meant(raw: Readonly<Record<string, unknown>>): string {
  try {
    const config = parseCanvasConfig({ type: 'canvas', ...raw });
    return `${canvasIdentity(config)} → ${canvasName(config)}`;
  } catch (error) {
    const { code, params } = error as { readonly code: string; readonly params: Readonly<Record<string, unknown>> };
    return typeof params['key'] === 'string' ? `${code} ${params['key']}` : code;
  }
}

const COURSE = `canvas ${BASE}/courses/17 → canvas-17`;

describe('an address', () => {
  it.each([
    [`${BASE}/courses/17`, COURSE],
    [`${BASE}/courses/17/`, COURSE],
    [`${BASE}/courses/17?view=feed#syllabus`, COURSE],
    [`${BASE}/courses/17/files`, COURSE],
    [`${BASE}/courses/17/files/folder`, COURSE],
    [`${BASE}/courses/17/files/folder/`, COURSE],
    [`${BASE}/courses/17/modules`, COURSE],
    [`${BASE}/courses/17/modules/items/768`, COURSE],
    [`${BASE}/courses/17/assignments/3`, COURSE],
    [`${BASE}/api/v1/courses/17/files?per_page=100`, COURSE],
    [`canvas+${BASE}/courses/17`, COURSE],
    [`CANVAS+${BASE}/courses/17`, COURSE],
    [`${BASE}/files/folder/courses_17`, COURSE],
    [`${BASE}/files/folder/courses_17/Week%201`, `canvas ${BASE}/courses/17 folder ["Week 1"] → Week-1`],
    [
      `${BASE}/courses/17/files/folder/Week%201/L%C3%B6sung`,
      `canvas ${BASE}/courses/17 folder ["Week 1","Lösung"] → Losung`,
    ],
    [`${BASE}/courses/17/files/folder/100%%20sure`, `canvas ${BASE}/courses/17 folder ["100% sure"] → 100-sure`],
    [`${BASE}/courses/17/files/folder/L%F6sung`, `canvas ${BASE}/courses/17 folder ["L%F6sung"] → L-F6sung`],
    [`${BASE}/courses/17/files/4711`, `canvas ${BASE}/courses/17 file 4711 → canvas-17`],
    [
      `${BASE}/courses/17/files/4711/download?download_frd=1&verifier=x`,
      `canvas ${BASE}/courses/17 file 4711 → canvas-17`,
    ],
    [`${BASE}/courses/17/files/4711?module_item_id=3`, `canvas ${BASE}/courses/17 file 4711 → canvas-17`],
    [`${BASE}/courses/1~17/files`, `canvas ${BASE}/courses/1~17 → canvas-1-17`],
    ['https://uni.example.org/lms/courses/17/files', 'canvas https://uni.example.org/lms/courses/17 → canvas-17'],
    ['http://localhost:3000/courses/17', 'canvas http://localhost:3000/courses/17 → canvas-17'],
    [BASE, 'config-invalid course'],
    [`${BASE}/courses`, 'config-invalid course'],
    ['ftp://canvas.example.edu/courses/17', 'address-not-understood'],
    ['https://prof:x@canvas.example.edu/courses/17', 'credentials-invalid'],
  ])('%s', (url, expected) => {
    expect(meant({ url })).toBe(expected);
  });
});

describe('a mapping', () => {
  it.each([
    [{ course: 17 }, COURSE],
    [{ course: '17' }, COURSE],
    [{ course: 17, as: 'student-view' }, COURSE],
    [{ course: 17, folder: 'Week 1/Labs' }, `canvas ${BASE}/courses/17 folder ["Week 1","Labs"] → Labs`],
    [{ course: 17, folder: '/Week 1/' }, `canvas ${BASE}/courses/17 folder ["Week 1"] → Week-1`],
    [{ course: 'intro' }, 'config-invalid course'],
    [{ course: 1.5 }, 'config-invalid course'],
    [{ course: 17, folder: '' }, 'config-invalid folder'],
    [{ course: 17, folder: 3 }, 'config-invalid folder'],
    [{ course: 17, as: 'each-student' }, 'config-invalid as'],
    [{ course: 17, as: 'teacher' }, 'config-invalid as'],
    [{ course: 17, token: 'x' }, 'config-invalid token'],
    [{ url: `${BASE}/courses/18`, course: 17 }, 'config-invalid course'],
    [{ url: undefined, course: 17 }, 'config-invalid url'],
  ])('%j', (more, expected) => {
    expect(meant({ url: BASE, ...more })).toBe(expected);
  });
});

describe('the link to the next page', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['<https://a/x?page=2>; rel="next"', 'https://a/x?page=2'],
    ['<https://a/x?page=2>; rel=next', 'https://a/x?page=2'],
    ['<https://a/x?page=2>;rel="NEXT"', 'https://a/x?page=2'],
    ['<https://a/x?page=2>; REL="next"', 'https://a/x?page=2'],
    ['<https://a/x?a=1,2&page=2>; rel="next"', 'https://a/x?a=1,2&page=2'],
    ['<https://a/1>; rel="current",<https://a/2>; rel="next",<https://a/3>; rel="last"', 'https://a/2'],
    ['<https://a/2>; title="a, b; rel=next"; rel="last"', undefined],
    ['<https://a/2>; title="x"; rel="next"', 'https://a/2'],
    ['<https://a/2>; rel="prefetch next"', 'https://a/2'],
    ['<https://a/2>; rel="nextish"', undefined],
    ['<https://a/first>; rel="first"', undefined],
  ])('%j', (header, expected) => {
    expect(nextPage(header)).toBe(expected);
  });
});

describe('what is remembered', () => {
  const facts = { id: '5', display_name: 'a.pdf', size: 3, modified_at: '2024-01-01T00:00:00Z' };
  const memory = { digest: 'abc', files: new Map([['5', { at: 17, facts }]]) };

  it('comes back as it was, for the same course', () => {
    const written = writeMemory(memory, 'canvas x');
    expect(readMemory(JSON.parse(JSON.stringify(written)) as typeof written, 'canvas x')).toEqual(memory);
    expect(readMemory(written, 'canvas y')).toBeUndefined();
  });

  it.each([[undefined], [null], [[]], ['x'], [{}], [{ version: 2 }], [{ version: 1, digest: 3 }]])(
    'and is ignored when it is %j',
    (json) => {
      expect(readMemory(json, 'canvas x')).toBeUndefined();
    },
  );

  it('and is ignored when it is of another version or damaged', () => {
    const written = writeMemory(memory, 'canvas x') as Record<string, never>;
    expect(readMemory({ ...written, version: 2 }, 'canvas x')).toBeUndefined();
    expect(readMemory({ ...written, files: { '5': [1, 2] } }, 'canvas x')).toBeUndefined();
  });
});
