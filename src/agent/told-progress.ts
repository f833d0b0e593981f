/** Reads the progress that an agent's process tells as what it may be: a stranger's invention. */
import { z } from 'zod';
import type { Progress } from '../core/progress.ts';

/** As a record, so that a new step cannot be forgotten here. */
const steps: Readonly<Record<Progress['step'], true>> = {
  listing: true,
  fetching: true,
  saving: true,
  checking: true,
  merging: true,
  preparing: true,
  writing: true,
  finishing: true,
  starting: true,
};

const count = z.number().int().nonnegative();
const progress = z.object({
  step: z.enum(Object.keys(steps) as Progress['step'][]),
  done: count,
  total: count.optional(),
  bytes: count.optional(),
});

/** Undefined when it is none. */
export function parseProgress(value: unknown): Progress | undefined {
  const { data } = progress.safeParse(value);
  if (data === undefined) return undefined;
  const { total, bytes, ...rest } = data;
  return { ...rest, ...(total === undefined ? {} : { total }), ...(bytes === undefined ? {} : { bytes }) };
}
