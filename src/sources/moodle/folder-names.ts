/** Names of the folders that sections and activities become: equal names are normal in Moodle, folders must differ. Pure. */

/** A section or an activity with files of its own. */
export interface WantedFolder {
  readonly key: string;
  /** Absent for what lies in the root of the course. */
  readonly parent?: string;
  readonly name: string;
  /** Moodle's own number: it grows, and stays while the item is renamed and moved. */
  readonly id: number;
  readonly kind: 'section' | 'activity';
}

/**
 * Gives the segments of every folder. Of several with one name in one place the oldest has it, the others their number
 * behind it: what came later never moves what was there. What is listed twice is one, and stands where it is first.
 */
export function nameFolders(wanted: readonly WantedFolder[]): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map(wanted.toReversed().map((one) => [one.key, one]));
  const taken = new Map<string, string>();
  for (const one of [...byKey.values()].sort(byAge)) {
    let name = one.name;
    while (taken.has(placeOf(one, name))) name = `${name} (${String(one.id)})`;
    taken.set(placeOf(one, name), one.key);
  }
  const owners = new Map([...taken].map(([place, key]) => [key, place.slice(place.indexOf('\0') + 1)]));
  const segmentsOf = (key: string | undefined): readonly string[] => {
    if (key === undefined) return [];
    const parent = byKey.get(key)?.parent;
    return [...segmentsOf(parent), owners.get(key) ?? ''];
  };
  return new Map(wanted.map(({ key }) => [key, segmentsOf(key)]));
}

function placeOf({ parent = '' }: WantedFolder, name: string): string {
  return `${parent}\0${name}`;
}

function byAge(a: WantedFolder, b: WantedFolder): number {
  if (a.kind !== b.kind) return a.kind === 'section' ? -1 : 1;
  return a.id - b.id;
}

/** Names of sections and activities come escaped once for HTML; names of files do not. */
export function unescapeOnce(escaped: string): string {
  return escaped.replace(/&(#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return NAMED[entity.toLowerCase()] ?? whole;
    const code = /^#x/i.test(entity) ? parseInt(entity.slice(2), 16) : parseInt(entity.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
