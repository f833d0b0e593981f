/** What a kind of remote says cheaply about its files. */
import { z } from 'zod';
import { F2gitError } from '../../errors.ts';

/** How files are told apart on this remote. */
export interface Reading {
  /** The digest that is listed without reading the files; undefined where there is none. */
  readonly hash?: string;
  /** The server's own dates are taken: those rclone keeps beside the file cost a request each. */
  readonly serverTimes: boolean;
  /** One request lists many folders, to any depth. */
  readonly listsAtOnce: boolean;
}

const schema = z.object({
  Hashes: z.array(z.string()).nullable(),
  Features: z.object({
    SlowHash: z.boolean().optional(),
    SlowModTime: z.boolean().optional(),
    ListR: z.boolean().optional(),
  }),
});

/** Digests that can be computed here as well come first: they prove that the content is the listed one. */
const PREFERRED = ['sha256', 'sha1', 'md5'];

/** Reads the output of `backend features`. @throws {F2gitError} `source-invalid` */
export function readFeatures(text: string): Reading {
  const read = schema.safeParse(parsed(text));
  if (!read.success) throw notUnderstood();
  const { Hashes, Features } = read.data;
  const all = Features.SlowHash === true ? [] : (Hashes ?? []).filter((name) => /^[a-z0-9-]+$/i.test(name));
  const hash = PREFERRED.find((name) => all.includes(name)) ?? all[0];
  return {
    ...(hash === undefined ? {} : { hash }),
    serverTimes: Features.SlowModTime === true,
    listsAtOnce: Features.ListR === true,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notUnderstood(error);
  }
}

function notUnderstood(cause?: unknown): F2gitError {
  const detail = 'rclone described the remote in a way that is not understood';
  return new F2gitError('source-invalid', { params: { detail }, cause });
}
