/** Mistakes in what somebody wrote: all of them are told at once. */
import { errorCodes, F2gitError } from '../errors.ts';

/** One error for all these mistakes, of which there is at least one. */
export function allMistakes(mistakes: readonly F2gitError[]): F2gitError {
  const [first, ...others] = mistakes.flatMap((mistake) => (mistake.parts.length > 0 ? mistake.parts : [mistake]));
  if (first === undefined) return new F2gitError('bug', { params: { detail: 'no mistake to tell' } });
  if (others.length === 0) return first;
  return new F2gitError('config-invalid', { params: first.params, parts: [first, ...others] });
}

/**
 * What each step reads of what was written, in the order of the steps.
 * @throws {F2gitError} the mistakes of all steps; what else one throws
 */
export function together<Values extends readonly unknown[]>(
  ...steps: {
    [Index in keyof Values]: () => Values[Index];
  }
): Values {
  const mistakes: F2gitError[] = [];
  const values = steps.map((step: () => unknown) => {
    try {
      return step();
    } catch (error) {
      if (!isMistake(error)) throw error;
      mistakes.push(error);
      return undefined;
    }
  });
  if (mistakes.length > 0) throw allMistakes(mistakes);
  // no step threw: each value is what its step gave
  return values as unknown as Values;
}

/** Whether it is about what was written: that has the exit code 2. */
function isMistake(error: unknown): error is F2gitError {
  return error instanceof F2gitError && errorCodes[error.code].exit === 2;
}
