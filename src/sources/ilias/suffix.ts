/**
 * Files whose suffix ILIAS does not trust: it takes the dots out of the name and puts `.sec` behind it. What the name was
 * cannot be seen in it (`hellopy.sec`, `chartsts.sec`), only told.
 */

/** Whether ILIAS gave the file this name. */
export function isSecured(name: string): boolean {
  return /[^.]\.sec$/.test(name);
}

/**
 * What the file was called, if it ended in one of `suffixes` (lower case, without dots); of several the longest. Dots
 * further ahead in the name are gone for good.
 */
export function unsecured(name: string, suffixes: readonly string[]): string | undefined {
  if (!isSecured(name)) return undefined;
  const bare = name.slice(0, -'.sec'.length);
  const longestFirst = suffixes.toSorted((a, b) => b.length - a.length);
  const suffix = longestFirst.find((one) => bare.length > one.length && bare.toLowerCase().endsWith(one));
  return suffix === undefined ? undefined : `${bare.slice(0, -suffix.length)}.${bare.slice(-suffix.length)}`;
}
