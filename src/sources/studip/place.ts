/** What a configuration means at the server: which course, and which folder of it is the top. */
import { F2gitError } from '../../errors.ts';
import type { StudipPlace } from './address.ts';
import type { Api, Found } from './api.ts';
import { type FileRef, type Range, readFileRef, readFolder } from './documents.ts';

export interface Resolved {
  readonly course: string;
  /** The folder that is read; undefined for the root of the course. */
  readonly top: string | undefined;
  /** The one file that is meant, where it is only that. */
  readonly only?: FileRef;
}

/** @throws {F2gitError} `source-not-found`, `source-forbidden`, `source-invalid`, and what the API throws */
export async function resolvePlace(api: Api, place: StudipPlace, signal: AbortSignal): Promise<Resolved> {
  switch (place.kind) {
    case 'course':
      return { course: place.course, top: undefined };
    case 'folder': {
      const { data } = expectFound(await api.single(`folders/${place.folder}`, signal));
      const read = readFolder(data);
      if (read.kind === 'bad') throw notCourse();
      return { course: courseOf(read.item), top: place.folder };
    }
    case 'file': {
      const { data, included } = expectFound(await api.single(`file-refs/${place.file}?include=file`, signal));
      const read = readFileRef(data, included);
      if (read.kind === 'bad') throw notCourse();
      return { course: courseOf(read.item), top: read.item.folder, only: read.item };
    }
  }
}

function expectFound(found: Found): Extract<Found, { kind: 'found' }> {
  switch (found.kind) {
    case 'found':
      return found;
    case 'forbidden':
      throw new F2gitError('source-forbidden', {
        params: { detail: 'it is hidden or closed, or the account is not in the course' },
      });
    case 'missing':
      throw new F2gitError('source-not-found', {
        params: { detail: 'there is nothing with this number, or it was deleted' },
      });
    case 'broken':
      throw new F2gitError('source-invalid', { params: { detail: 'Stud.IP fails on this request' } });
  }
}

function courseOf({ range }: { readonly range?: Range }): string {
  if (range?.type !== 'courses') throw notCourse();
  return range.id;
}

function notCourse(): F2gitError {
  return new F2gitError('source-invalid', { params: { detail: 'it is part of no course' } });
}
