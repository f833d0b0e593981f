/** What a platform may say of its files that is not so: faults of lists, whatever the platform's words. */
import type { Dialect, Item } from './dialects.ts';
import type { Answer, Passing } from './proxy.ts';

export interface ListFault {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Only where the platform speaks so. */
  readonly format?: Dialect['format'];
  /** Files that a listing may say are gone without anybody being able to tell. */
  readonly hides?: readonly string[];
  /** Whether it leaves out new versions of files of which the old ones are truly gone. */
  readonly hidesNew?: true;
  readonly apply: (passing: Passing, dialect: Dialect) => Answer | undefined;
}

const onFiles =
  (change: (files: readonly Item[], dialect: Dialect) => readonly Item[]): ListFault['apply'] =>
  (passing, dialect) =>
    dialect.edit(passing, (files) => change(files, dialect));

/** For what only has a meaning where there are several. */
const onEntries =
  (change: (entries: readonly Item[], dialect: Dialect) => readonly Item[]): ListFault['apply'] =>
  (passing, dialect) =>
    (dialect.editHolders ?? dialect.edit)(passing, (entries) => change(entries, dialect));

const onEach = (change: (item: Item, dialect: Dialect) => Item): ListFault['apply'] =>
  onFiles((files, dialect) => files.map((file) => change(file, dialect)));

/** Changes the one item a test looks at: a file that was known and did not change. */
const onOne = (change: (item: Item) => Item): ListFault['apply'] =>
  onEach((item) => (item.includes('c.md') ? change(item) : item));

const NAME = /("(?:name|display_name|filename)":)"(?:[^"\\]|\\.)*"/g;
const SIZE = /("(?:filesize|size)":|getcontentlength>|fileSize&quot;&gt;)\d+/g;
const DATE =
  /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g;
const UNIX = /("timemodified":|"timecreated":)\d+/g;

const sized = (size: string): ListFault['apply'] => onOne((item) => item.replace(SIZE, `$1${size}`));
const dated = (iso: string, http: string, plain: string, unix: string): ListFault['apply'] =>
  onEach((item) =>
    item
      .replace(DATE, (date) => (date.endsWith('GMT') ? http : date.includes('T') ? iso : plain))
      .replace(UNIX, `$1${unix}`),
  );

const itemFaults: readonly ListFault[] = [
  ['list-empty', 'lists without files', onFiles(() => [])],
  [
    'list-nearly-empty',
    'lists with one file of all',
    onFiles((files) => files.filter((file) => file.includes('a.txt'))),
    undefined,
    true,
  ],
  [
    'list-lacks-one',
    'a list that lacks one file',
    onFiles((files) => files.filter((file) => !file.includes('a.txt'))),
    ['a.txt'],
  ],
  ['list-twice', 'every file twice', onEntries((files) => [...files, ...files])],
  ['list-reversed', 'files in another order', onEntries((files) => files.toReversed())],
  [
    'list-one-id',
    'one id for all files',
    onEntries((files, { underIdOf }) => files.map((file) => underIdOf(file, files[0] ?? file))),
    undefined,
    true,
  ],
  [
    'list-same-file-twice',
    'a file twice, with two sizes',
    onEntries((files) => files.flatMap((file) => [file, file.replace(SIZE, '$17')])),
  ],
  [
    'item-unknown-fields',
    'fields and elements nobody knows',
    onEach((item) =>
      item.replace(/^\{/, '{"neu":{"x":[1,null]},').replace(/(<[Dd]:prop>)/, '$1<x:neu xmlns:x="urn:x"><x:y/></x:neu>'),
    ),
  ],
  ['size-zero', 'a size of 0', sized('0')],
  ['size-negative', 'a negative size', sized('-5')],
  ['size-float', 'a size with a fraction', sized('12.5')],
  ['size-endless', 'a size beyond all disks', sized('99999999999999999999')],
  [
    'size-off-by-one',
    'a size that is off by one',
    onOne((item) => item.replace(SIZE, (all) => all.replace(/\d+$/, (size) => String(Number(size) + 1)))),
  ],
  [
    'dates-past',
    'dates long past',
    dated('1970-01-01T00:00:00+00:00', 'Thu, 01 Jan 1970 00:00:00 GMT', '1970-01-01 00:00:00', '1'),
  ],
  [
    'dates-future',
    'dates in the future',
    dated('2099-12-31T23:59:59+00:00', 'Thu, 31 Dec 2099 23:59:59 GMT', '2099-12-31 23:59:59', '4102444799'),
  ],
  ['dates-junk', 'dates that are none', dated('gestern', 'gestern', 'gestern', '-1')],
].map(([id, title, apply, hides, hidesNew]) => ({ id, title, apply, group: 'Lists', hides, hidesNew }) as ListFault);

const jsonFaults: readonly ListFault[] = [
  ['item-null', '`null` among the files', onOne(() => 'null')],
  ['item-text', 'a text among the files', onOne(() => '"c.md"')],
  ['item-list', 'a list among the files', onOne(() => '[]')],
  ['item-empty', 'a file without fields', onOne(() => '{}')],
  ['name-null', 'a name that is `null`', onOne((item) => item.replace(NAME, '$1null'))],
  ['name-empty', 'an empty name', onOne((item) => item.replace(NAME, '$1""'))],
  ['name-number', 'a name that is a number', onOne((item) => item.replace(NAME, '$17'))],
  ['size-text', 'sizes that are texts', onEach((item) => item.replace(SIZE, (all) => all.replace(/\d+$/, '"$&"')))],
  [
    'keys-twice',
    'a key twice, with two values',
    onEach((item) => item.replace(/"(?:filesize|size)":(\d+)/, '"size":1,"filesize":1,$&')),
  ],
  [
    'keys-prototype',
    'a field named `__proto__`',
    onEach((item) =>
      item.replace(/^\{/, '{"__proto__":{"name":"x.txt","size":1},"constructor":{"prototype":{"x":1}},'),
    ),
  ],
  [
    'ids-big',
    'ids beyond what a number holds',
    onEntries((entries) =>
      entries.map((entry) =>
        entry.replace(/"id":"?(\w+)"?/, (_, id: string) => `"id":9007199254740993${id.replace(/\D/g, '')}`),
      ),
    ),
  ],
].map(([id, title, apply]) => ({ id, title, apply, group: 'Lists', format: 'json' }) as ListFault);

const ENTITIES = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
  .split('')
  .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghij'[at] ?? ''};`.repeat(10)}">`)
  .join('')}]>`;
const OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>';
const withDoctype =
  (doctype: string): ListFault['apply'] =>
  (passing, dialect) => {
    const edited = dialect.edit(passing, (files) => files);
    if (edited === undefined) return undefined;
    const text = edited.body
      .toString('latin1')
      .replace(/^(<\?xml[^>]*>)?/, `$1${doctype}`)
      .replace('a.txt', '&j;a.txt');
    return { ...edited, body: Buffer.from(text, 'latin1') };
  };

const xmlFaults: readonly ListFault[] = [
  [
    'item-unnamed',
    'a file without an address',
    onOne((item) => item.replace(/<([Dd]):href>.*?<\/\1:href>|&lt;Title&gt;.*?&lt;\/Title&gt;/s, '')),
  ],
  [
    'item-address-broken',
    'an address that is none',
    onEach((item) => item.replace(/(:href>[^<]*)d\.txt/, '$1%E0%A4%A')),
    ['week2/deep/d.txt'],
  ],
  [
    'item-status',
    'a file of which nothing may be known',
    onOne((item) => item.replace(/HTTP\/1\.1 200 OK/g, 'HTTP/1.1 403 Forbidden')),
  ],
  ['size-text', 'a size that is a text', sized('viel')],
  ['entities', 'a billion laughs', withDoctype(ENTITIES)],
  ['entities-outside', 'an entity that is a file of this machine', withDoctype(OUTSIDE)],
].map(([id, title, apply, hides]) => ({ id, title, apply, group: 'Lists', format: 'xml', hides }) as ListFault);

/** Bytes that say nothing, and more of them than any list has. */
const BLANKS = Buffer.alloc(72 << 20, ' ');

const wholeFaults: readonly ListFault[] = [
  {
    id: 'list-huge',
    title: 'a true list of 72 MB',
    group: 'Lists',
    apply: (passing, dialect) => {
      const edited = dialect.edit(passing, (files) => files);
      return edited === undefined ? undefined : { ...edited, body: Buffer.concat([edited.body, BLANKS]) };
    },
  },
  {
    id: 'folders-in-a-circle',
    title: 'folders that lie in themselves',
    group: 'Lists',
    apply: (passing, dialect) => dialect.circle?.(passing),
  },
];

/** In the order of the page of docs. */
export const listFaults: readonly ListFault[] = [...itemFaults, ...jsonFaults, ...xmlFaults, ...wholeFaults];
