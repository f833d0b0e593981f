/** The lists of each platform as text, item by item, so that they can be changed on their way without being understood. */
import type { Answer, Passing } from './proxy.ts';

/** One file of a list, as it stands in the answer: JSON or XML. */
export type Item = string;

export interface Dialect {
  readonly format: 'json' | 'xml';
  /** The answer with the files of each of its lists changed; undefined where it lists no files. */
  readonly edit: (passing: Passing, change: (files: readonly Item[]) => readonly Item[]) => Answer | undefined;
  /** The same with what holds one file each, where files are in no list with others. */
  readonly editHolders?: Dialect['edit'];
  /** The answer with folders that lead to themselves; undefined where it has none. Absent: folders lie in no folders. */
  readonly circle?: (passing: Passing) => Answer | undefined;
  /** Makes the true server answer what the circle leads to. */
  readonly reroute?: (path: string) => string;
  /** The item, or what holds it, under the id of `other`. */
  readonly underIdOf: (item: Item, other: Item) => Item;
}

/** Bytes are kept as they are, whatever they are. */
const textOf = ({ body }: Answer): string => body.toString('latin1');
const withText = (answer: Answer, text: string): Answer => ({ ...answer, body: Buffer.from(text, 'latin1') });

function jsonOf({ answer }: Passing): unknown {
  if (answer.status !== 200 || !/json/.test(String(answer.headers['content-type']))) return undefined;
  return JSON.parse(answer.body.toString());
}

/** Writes `document`, in which lists stand as the texts of `lists`: so that items can be what no value of JSON is. */
function written(answer: Answer, document: unknown, lists: readonly (readonly Item[])[]): Answer {
  const text = JSON.stringify(document).replace(
    /"@list (\d+)@"/g,
    (_, at: string) => `[${(lists[Number(at)] ?? []).join(',')}]`,
  );
  return { ...answer, body: Buffer.from(text) };
}

const jsonId = /"id":("(?:[^"\\]|\\.)*"|\d+)/;
const underJsonIdOf = (item: Item, other: Item): Item => item.replace(jsonId, jsonId.exec(other)?.[0] ?? '');

/** One of JSON:API's resources, as far as it matters here. */
interface Resource {
  readonly type: string;
  readonly id: string;
  readonly relationships: { readonly parent?: unknown };
}

interface Document {
  readonly meta?: { readonly page?: { readonly total: number } };
  readonly data?: readonly Resource[];
}

export const studipDialect: Dialect = {
  format: 'json',
  edit: (passing, change) => {
    const document = jsonOf(passing) as Document | undefined;
    if (document?.data?.[0]?.type !== 'file-refs') return undefined;
    const items = change(document.data.map((one) => JSON.stringify(one)));
    const page = { ...document.meta?.page, total: items.length };
    return written(passing.answer, { ...document, meta: { page }, data: '@list 0@' }, [items]);
  },
  circle: (passing) => {
    const document = jsonOf(passing) as Document | undefined;
    if (document?.data?.[0]?.type !== 'folders') return undefined;
    const data = document.data.map((one) => {
      const { relationships } = one;
      const parent = { data: { type: 'folders', id: one.id } };
      return relationships.parent === undefined ? one : { ...one, relationships: { ...relationships, parent } };
    });
    return written(passing.answer, { ...document, data }, []);
  },
  underIdOf: underJsonIdOf,
};

const isCanvasList = (passing: Passing, what: string): boolean => new RegExp(`/${what}(\\?|$)`).test(passing.path);

export const canvasDialect: Dialect = {
  format: 'json',
  edit: (passing, change) => {
    const list = isCanvasList(passing, 'files') ? jsonOf(passing) : undefined;
    if (!Array.isArray(list)) return undefined;
    return written(passing.answer, '@list 0@', [change(list.map((one) => JSON.stringify(one)))]);
  },
  circle: (passing) => {
    const list = isCanvasList(passing, 'folders') ? jsonOf(passing) : undefined;
    if (!Array.isArray(list)) return undefined;
    const own = (list as { id: unknown; parent_folder_id: unknown }[]).map((one) =>
      one.parent_folder_id === null ? one : { ...one, parent_folder_id: one.id },
    );
    return written(passing.answer, own, []);
  },
  underIdOf: underJsonIdOf,
};

interface Section {
  readonly modules: readonly Activity[];
}

interface Activity {
  readonly contents?: readonly { readonly type: string }[];
}

const hasFiles = ({ contents }: Activity): boolean => contents?.[0]?.type === 'file';

/** A file lies in an activity of its own; activities lie in sections. */
function moodleEdit(passing: Passing, change: (section: Section, listed: Listed) => unknown): Answer | undefined {
  const sections = jsonOf(passing);
  if (!Array.isArray(sections)) return undefined;
  const lists: (readonly Item[])[] = [];
  const listed: Listed = (items) => `@list ${String(lists.push(items) - 1)}@`;
  const document = (sections as readonly Section[]).map((section) => change(section, listed));
  return written(passing.answer, document, lists);
}

/** Notes a list of items, and gives what stands for it meanwhile. */
type Listed = (items: readonly Item[]) => string;

const itemsOf = (list: readonly unknown[]): readonly Item[] => list.map((one) => JSON.stringify(one));

export const moodleDialect: Dialect = {
  format: 'json',
  edit: (passing, change) =>
    moodleEdit(passing, (section, listed) => ({
      ...section,
      modules: section.modules.map((one) =>
        hasFiles(one) ? { ...one, contents: listed(change(itemsOf(one.contents ?? []))) } : one,
      ),
    })),
  editHolders: (passing, change) =>
    moodleEdit(passing, (section, listed) => {
      const others = section.modules.filter((one) => !hasFiles(one));
      const modules = [...itemsOf(others), ...change(itemsOf(section.modules.filter(hasFiles)))];
      return { ...section, modules: listed(modules) };
    }),
  // An activity has a number and a context; a file only has its address, which begins with the context.
  underIdOf: (item, other) =>
    [jsonId, /"contextid":\d+/, /"fileurl":"[^"]*"/].reduce(
      (changed, id) => changed.replace(id, id.exec(other)?.[0] ?? ''),
      item,
    ),
};

const RESPONSE = /<([Dd]):response>.*?<\/\1:response>/gs;
const HREF = /<([Dd]):href>(.*?)<\/\1:href>/s;

export const davDialect: Dialect = {
  format: 'xml',
  edit: ({ answer }, change) => {
    if (answer.status !== 207) return undefined;
    const text = textOf(answer);
    const [, ...items] = text.match(RESPONSE) ?? [];
    const files = items.filter((item) => !item.includes(':collection/>'));
    if (files.length === 0) return undefined;
    const kept = files.reduce((rest, file) => rest.replace(file, ''), text);
    return withText(
      answer,
      kept.replace(/<\/([Dd]):multistatus>/, (end) => change(files).join('') + end),
    );
  },
  circle: ({ answer, path }) => {
    if (answer.status !== 207) return undefined;
    const text = textOf(answer);
    const [self = ''] = text.match(RESPONSE) ?? [];
    const own = HREF.exec(self)?.[2] ?? '';
    const asked = path.replace(/\/*$/, '/');
    const isInside = asked.includes('/noch/');
    const named = (name: string) =>
      self.replace(HREF, (_all, prefix: string) => `<${prefix}:href>${name}</${prefix}:href>`);
    const again = named(own === asked || isInside ? `${asked}noch/` : `${own}noch/`);
    const shown = isInside ? text.replace(RESPONSE, '') : text;
    const selves = isInside ? named(asked) : '';
    return withText(
      answer,
      shown.replace(/<\/([Dd]):multistatus>/, (end) => selves + again + end),
    );
  },
  reroute: (path) => path.replace(/(noch\/)+/g, ''),
  underIdOf: (item, other) => item.replace(HREF, HREF.exec(other)?.[0] ?? ''),
};

const OBJECT = /&lt;Object .*?&lt;\/Object&gt;/gs;
const REF = /ref_id=&quot;(\d+)&quot;/;

export const soapDialect: Dialect = {
  format: 'xml',
  edit: ({ answer }, change) => {
    const text = textOf(answer);
    if (!text.includes('getXMLTreeResponse')) return undefined;
    const files = (text.match(OBJECT) ?? []).filter((item) => item.includes('type=&quot;file&quot;'));
    const kept = files.reduce((rest, file) => rest.replace(file, ''), text);
    return withText(
      answer,
      kept.replace('&lt;/Objects&gt;', (end) => change(files).join('') + end),
    );
  },
  circle: ({ answer }) => {
    const text = textOf(answer);
    if (!text.includes('getXMLTreeResponse')) return undefined;
    const circled = text.replace(OBJECT, (item) =>
      item.includes('type=&quot;fold&quot;')
        ? item.replace(/parent_id=&quot;\d+&quot;/, `parent_id=&quot;${REF.exec(item)?.[1] ?? ''}&quot;`)
        : item,
    );
    return withText(answer, circled);
  },
  underIdOf: (item, other) => item.replace(REF, REF.exec(other)?.[0] ?? ''),
};
