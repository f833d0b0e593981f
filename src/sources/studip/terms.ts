/** The terms of use of a site: which of them let students download what is under them. */
import { type Api, wholeList } from './api.ts';
import { F2gitError } from '../../errors.ts';
import { type FileRef, termsSchema } from './documents.ts';

export interface Term {
  readonly name: string;
  /** 0 everybody · 1 only in courses that are closed to the public · 2 only the owner */
  readonly condition: number;
}

/** By id. */
export type Terms = ReadonlyMap<string, Term>;

export async function readTerms(api: Api, signal: AbortSignal): Promise<Terms> {
  const list = await wholeList(api, 'terms-of-use', signal);
  if (list.kind === 'broken')
    throw new F2gitError('source-invalid', { params: { detail: 'Stud.IP fails on this request' } });
  return new Map(
    list.data.flatMap((one) => {
      const read = termsSchema.safeParse(one);
      if (!read.success) return [];
      const { id, attributes } = read.data;
      return [[id, { name: attributes.name, condition: attributes['download-condition'] }] as const];
    }),
  );
}

/**
 * Whether any student may download a file. For a student's account Stud.IP says so itself, but for the account's own
 * files; staff may always, so for them only terms without a condition count.
 */
export function isFree({ isDownloadable, licence }: FileRef, terms: Terms, isStaff: boolean): boolean {
  if (!isDownloadable) return false;
  const condition = licence === undefined ? 0 : terms.get(licence)?.condition;
  return isStaff ? condition === 0 : condition !== 2;
}
