import { setTimeout as wait } from 'node:timers/promises';
import { entryId } from '../../src/core/ids.ts';
import { F2gitError, type ErrorCode } from '../../src/errors.ts';
import {
  createMemoryCourse,
  memoryAdapter,
  type MemoryCourse,
  type MemoryItem,
} from '../../src/sources/memory/index.ts';
import { isSame } from './bench.ts';
import { describeSource } from './conformance.ts';
import type { Course, CourseDriver, Harness, Segments } from './harness.ts';

const courses = new Map<string, MemoryCourse>();

const harness: Harness = {
  adapter: memoryAdapter(courses),
  folder: 'src/sources/memory',
  requiredKeys: ['course'],
  impossible: {
    makeFolder: 'a map of files has no folders of its own',
    overwriteUnseen: 'the version moves with the bytes, by construction',
    'wrong-credentials': 'nobody has to sign in to this process',
    'session-expires': 'there are no sessions to expire',
    'page-fails': 'a listing is one answer, without pages',
    'changes-between-pages': 'a listing is one answer, without pages',
    'outside-link': 'a map of files has no links',
    'content-compressed': 'nothing travels, so nothing is compressed',
    'content-redirects-elsewhere': 'there is no address to redirect to',
    'content-redirects-private': 'there is no address to redirect to',
    'throttled-seconds': 'there is no server that could ask for patience',
    'throttled-date': 'there is no server that could ask for patience',
    'fails-once': 'there is no request that could be repeated',
    'content-endless': 'the stream ends with the bytes of the item',
  },
  start: () => Promise.resolve(startCourse()),
};

describeSource('memory', harness);

function startCourse(): Course {
  const name = `course-${courses.size}`;
  const course = createMemoryCourse();
  courses.set(name, course);
  const fails = (step: 'list' | 'fetch', code: ErrorCode) => () => {
    course.beforeAnswer = (now) => {
      if (now === step) throw new F2gitError(code, { params: { course: name } });
    };
  };
  return {
    raw: { type: 'memory', course: name },
    driver: driverOf(course),
    faults: {
      down: fails('list', 'source-unreachable'),
      'root-missing': () => void courses.delete(name),
      'root-forbidden': fails('list', 'source-forbidden'),
      'html-page': fails('list', 'source-unreachable'),
      'other-order': () => reverse(course),
      'unparsable-item': (segments) => problemAt(course, segments, 'source-invalid'),
      'forbidden-folder': (segments) => problemAt(course, segments, 'source-forbidden'),
      hangs: () => {
        course.beforeAnswer = (_step, signal) => wait(60_000, undefined, { signal }).catch(() => undefined);
      },
      'content-cut': () => {
        course.onTheWay = (chunks) => firstOf(chunks, 1);
      },
      'content-announces-more': () => {
        course.onTheWay = (chunks) => firstOf(chunks, 2);
      },
      'content-sends-more': () => {
        course.onTheWay = (chunks) => withMore(chunks);
      },
      'content-html': fails('fetch', 'source-login'),
      'content-forbidden': fails('fetch', 'source-forbidden'),
    },
    calm: () => {
      courses.set(name, course);
      course.problems.clear();
      course.beforeAnswer = undefined;
      course.onTheWay = undefined;
    },
    stop: () => Promise.resolve(),
  };
}

function driverOf(course: MemoryCourse): CourseDriver {
  const hidden = new Map<string, MemoryItem>();
  let count = 0;
  const find = (segments: Segments): MemoryItem => {
    const item = [...course.items.values()].find((one) => isSame(one.segments, segments));
    if (item === undefined) throw new Error(`no such item: ${segments.join('/')}`);
    return item;
  };
  const put = (segments: Segments, bytes: Uint8Array) => {
    const id = entryId(String((count += 1)));
    course.items.set(id, { id, segments, bytes, version: 1 });
    return Promise.resolve();
  };
  const change = (segments: Segments, changes: Partial<MemoryItem>) => {
    const item = find(segments);
    course.items.set(item.id, { ...item, version: item.version + 1, ...changes });
    return Promise.resolve();
  };
  return {
    put,
    putTwin: put,
    overwrite: (segments, bytes) => change(segments, { bytes }),
    remove: (segments) => Promise.resolve(void course.items.delete(find(segments).id)),
    rename: (segments, name) => change(segments, { segments: [...segments.slice(0, -1), name] }),
    move: (segments, to) => change(segments, { segments: to }),
    hide: (segments) => {
      const item = find(segments);
      hidden.set(JSON.stringify(segments), item);
      course.items.delete(item.id);
      return Promise.resolve();
    },
    show: (segments) => {
      const item = hidden.get(JSON.stringify(segments));
      if (item !== undefined) course.items.set(item.id, item);
      return Promise.resolve();
    },
    lock: (segments) => change(segments, { isLocked: true, version: find(segments).version }),
    schedule: (segments, visible) => change(segments, { visible }),
    touch: (segments) => change(segments, {}),
    makeExecutable: (segments) => change(segments, { executable: true }),
  };
}

function reverse(course: MemoryCourse): void {
  const items = [...course.items].reverse();
  course.items.clear();
  for (const [id, item] of items) course.items.set(id, item);
}

function problemAt(course: MemoryCourse, segments: Segments, code: ErrorCode): void {
  course.problems.add({ segments, code });
  for (const item of course.items.values()) {
    if (isSame(item.segments.slice(0, segments.length), segments)) course.items.delete(item.id);
  }
}

async function* firstOf(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (left === 0) return;
    left -= 1;
    yield chunk;
  }
}

async function* withMore(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield Buffer.from('and more');
}
