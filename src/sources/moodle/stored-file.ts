/** Where a file lies in Moodle's file store, read from the address a listing gives for it. Pure. */

/** A file as it was uploaded: Moodle promises the SHA-1 of its content as entity tag. */
export interface StoredFile {
  /** The activity's context: a number that stays while the activity is moved and renamed. */
  readonly context: string;
  readonly component: string;
  readonly area: string;
  /** Where to ask for it: always at the configured site, whatever the listing says. */
  readonly url: string;
}

export type FileAddress =
  | ({ readonly kind: 'stored' } & StoredFile)
  /** A page Moodle makes when it is asked for: different every time, without entity tag and size. */
  | { readonly kind: 'generated' }
  /** Not below the site: nothing is asked of it, least of all with a token. */
  | { readonly kind: 'elsewhere' };

/**
 * Reads `…/webservice/pluginfile.php/<context>/<component>/<area>/<revision>/<path>`, or the same in `?file=`. The
 * revision changes whenever settings are saved, so it names nothing. Only pages made on the fly have none.
 */
export function readFileAddress(address: string, site: string): FileAddress {
  const place = placeIn(address, site);
  if (place === undefined) return ELSEWHERE;
  const [, context, component, area, revision, ...rest] = place.path.split('/');
  if (!isNumber(context) || !isWord(component) || !isWord(area)) return ELSEWHERE;
  if (!isNumber(revision) || rest.join('/') === '' || component === 'mod_book') return { kind: 'generated' };
  const url = place.isQuery
    ? `${site}webservice/pluginfile.php?file=${encodeURIComponent(place.path)}&forcedownload=1`
    : `${site}webservice/pluginfile.php${place.path}?forcedownload=1`;
  return { kind: 'stored', context, component, area, url };
}

/** The path behind the script, as it stands in the address; undefined when it is no file of the site. */
function placeIn(address: string, site: string): { readonly path: string; readonly isQuery: boolean } | undefined {
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  const own = new URL(site);
  // Behind a proxy, a site may believe that it is asked by http.
  if (parsed?.host !== own.host || !parsed.pathname.startsWith(own.pathname)) return undefined;
  const script = /^(?:webservice\/)?pluginfile\.php(\/.*)?$/.exec(parsed.pathname.slice(own.pathname.length));
  if (script === null) return undefined;
  const inQuery = parsed.searchParams.get('file');
  if (script[1] !== undefined) return { path: script[1], isQuery: false };
  return inQuery === null ? undefined : { path: inQuery, isQuery: true };
}

/** An address in an activity where no file is: what comes back tells whether the activity is still there. */
export function probeAddress(context: string, component: string, site: string): string {
  return `${site}webservice/pluginfile.php/${context}/${component}/content/0/-`;
}

const ELSEWHERE: FileAddress = { kind: 'elsewhere' };

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,16}$/.test(text);
}

function isWord(text: string | undefined): text is string {
  return text !== undefined && /^[a-z][a-z0-9_]{0,60}$/.test(text);
}
