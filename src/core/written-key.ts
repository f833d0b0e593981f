/** How a mistake in the configuration is told: the key as a path (`courses.python.release[0].from`) and what is wrong. */
import { F2gitError } from '../errors.ts';

/** A step into the configuration: a key or a list index. */
export type KeyPath = readonly (string | number)[];

export function invalid(path: KeyPath, detail: string): F2gitError {
  return new F2gitError('config-invalid', { params: { key: showPath(path), detail } });
}

/** `courses.python.release[0].from`; the whole file is `(file)`. */
export function showPath(path: KeyPath): string {
  const steps = path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`));
  return steps.join('') || '(file)';
}

/** The path that `showPath` showed. */
export function readPath(shown: string): KeyPath {
  if (shown === '(file)') return [];
  const steps = shown.matchAll(/\[(\d+)\]|([^.[\]]+)/g);
  return [...steps].map(([, index, key]) => (index === undefined ? (key ?? '') : Number(index)));
}
