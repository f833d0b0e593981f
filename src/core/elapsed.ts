/** Resolves after `ms` milliseconds. Keeps no process alive. */
export function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
