import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeCourse, openCourse, type Opened } from './support/course.ts';

/** Contents in the packs can no longer be read; their frames and indexes stay whole. */
function spoilPacks({ gitDir }: Opened): void {
  const folder = join(gitDir, 'objects/pack');
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.pack'))) {
    const bytes = fs.readFileSync(join(folder, name));
    bytes.fill(0x55, 14, bytes.length - 20);
    fs.chmodSync(join(folder, name), 0o644);
    fs.writeFileSync(join(folder, name), bytes);
  }
}

describe('contents that came with this very refresh', () => {
  it('are given from memory where they are delivered at once, and only then', async () => {
    const opened = openCourse(new FakeCourse().set({ a: 'one', b: 'two' }), { deliversAtOnce: true });
    const { files } = await opened.refresh();
    spoilPacks(opened);
    const texts = await Promise.all(files.map(({ oid }) => opened.repository.contents.read(oid)));
    expect(texts.map((bytes) => Buffer.from(bytes).toString())).toEqual(['one', 'two']);
    const elsewhere = opened.reopen({ deliversAtOnce: true });
    await expect(elsewhere.contents.read(files[0]!.oid)).rejects.toMatchObject({ code: 'object-missing' });
  });

  it('are not given once they are no content of the course', async () => {
    const course = new FakeCourse().set({ a: 'one', b: 'two' });
    const opened = openCourse(course, { deliversAtOnce: true });
    const { files } = await opened.refresh();
    await opened.repository.purge(files[0]!.path);
    await expect(opened.repository.contents.read(files[0]!.oid)).rejects.toMatchObject({ code: 'object-missing' });
  });
});
