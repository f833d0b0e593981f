/** The `Link` header by which Canvas names the next page (RFC 8288). Its addresses mean nothing and are used as they are. */

/** The address with `rel="next"`, or undefined on the last page. */
export function nextPage(header: string | undefined): string | undefined {
  for (const [, address = '', params = ''] of (header ?? '').matchAll(LINK)) {
    for (const [, name = '', quoted, bare = ''] of params.matchAll(PARAM)) {
      const words = (quoted ?? bare).toLowerCase().split(/\s+/);
      if (name.toLowerCase() === 'rel' && words.includes('next')) return address;
    }
  }
  return undefined;
}

const NAME = "[\\w!#$%&'*+.^`|~-]+";
const VALUE = '(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;,"]+))';
const PARAM = new RegExp(`\\s*;\\s*(${NAME})(?:\\s*=\\s*${VALUE})?`, 'g');
const LINK = new RegExp(`<([^<>]*)>((?:\\s*;\\s*${NAME}(?:\\s*=\\s*${VALUE})?)*)`, 'g');
