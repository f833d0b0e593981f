/**
 * Addresses on our pages are relative to the page, so that they hold behind every proxy and prefix, and no header of a
 * request ever becomes part of one.
 */

/** Parameters of an address; absent ones are left out. */
export type LinkParams = Readonly<Record<string, string | undefined>>;

/** Makes addresses for one page. `path` is relative to the root of the server: `go/intro-python`. */
export type Link = (path: string, params?: LinkParams) => string;

/** `depth` is how many `/` the page's own path has below the root; `carried` goes into every address (`user`, `lang`). */
export function linksFrom(depth: number, carried: LinkParams): Link {
  const root = depth === 0 ? './' : '../'.repeat(depth);
  return (path, params = {}) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...carried, ...params })) {
      if (value !== undefined && value !== '') query.set(name, value);
    }
    const text = query.toString();
    return `${root}${path.split('/').map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
  };
}
