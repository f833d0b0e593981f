/** The `Link` header by which Canvas names the next page (RFC 8288). Its addresses mean nothing and are used as they are. */

/** The address with `rel="next"`, or undefined on the last page. */
export function nextPage(header: string | undefined): string | undefined {
  for (const [, address = '', params = ''] of (header ?? '').matchAll(LINK)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(params);
    const names = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (names.includes('next')) return address;
  }
  return undefined;
}

const LINK = /<([^<>]*)>((?:\s*;\s*[\w*!#$%&'+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?)*)/g;
