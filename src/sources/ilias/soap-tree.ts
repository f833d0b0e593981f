/** The objects `getXMLTree` gives, and the course they make. Pure. */
import { MAX_DEPTH } from '../../core/paths.ts';
import { F2gitError } from '../../errors.ts';
import { boundedName } from '../bounded-name.ts';
import { type EntryProblem, type Window, withheldIndefinitely } from '../source.ts';
import { childNamed, type Element, parseXml } from './soap-xml.ts';

/** One place of one object: an object can be in several. */
export interface IliasObject {
  readonly ref: string;
  readonly parent: string;
  readonly type: string;
  /** Undefined when ILIAS does not say, or not legibly. */
  readonly title: string | undefined;
  /** Changed at, in ILIAS' own time of day. */
  readonly updated: string;
  readonly isGranted: boolean;
  /** What the account may do with it; only `getObjectByReference` and `getTreeChilds` tell. */
  readonly operations: readonly string[];
  readonly window: Window;
  readonly file: { readonly size: number; readonly version: string; readonly extension: string } | undefined;
}

export interface SoapFile {
  readonly ref: string;
  readonly segments: readonly string[];
  readonly stamp: string;
  readonly size: number;
  readonly updated: string;
  /** When members may see it. */
  readonly visible?: Window;
}

export interface SoapCourse {
  readonly files: readonly SoapFile[];
  readonly problems: readonly EntryProblem[];
  /** False when an object was named whose place or title nobody knows. */
  readonly complete: boolean;
  /** Kinds of objects that are no files, in ILIAS' words. */
  readonly kinds: readonly string[];
}

/** Reads the objects of a document. @throws {F2gitError} `source-invalid` */
export function readObjects(xml: string): { readonly objects: readonly IliasObject[]; readonly isWhole: boolean } {
  const root = parseXml(xml);
  if (root.name !== 'Objects') {
    throw new F2gitError('source-invalid', { params: { detail: 'the answer is no list of objects' } });
  }
  const found = root.children.filter(({ name }) => name === 'Object').map(objectsOf);
  return { objects: found.flatMap((objects) => objects ?? []), isWhole: found.every((one) => one !== undefined) };
}

/** The course below `ref`; undefined when the account is not shown it at all. */
export function soapCourseOf(
  { objects, isWhole }: ReturnType<typeof readObjects>,
  ref: string,
): SoapCourse | undefined {
  const course = objects.find((one) => one.ref === ref);
  if (course === undefined) return undefined;
  const children = new Map<string, IliasObject[]>();
  for (const object of objects) children.set(object.parent, [...(children.get(object.parent) ?? []), object]);
  const files: SoapFile[] = [];
  const problems: EntryProblem[] = [];
  const kinds = new Set<string>();
  const reached = new Set<IliasObject>([course]);
  const isNamed = objects.every(({ title }) => title !== undefined);
  const enter = (folder: IliasObject, segments: readonly string[], window: Window | undefined): void => {
    for (const object of children.get(folder.ref) ?? []) {
      if (reached.has(object)) continue;
      reached.add(object);
      const place = [...segments, nameOf(object)];
      if (object.title === undefined || (object.type === 'file' && object.file === undefined)) {
        problems.push({ segments: place, code: 'source-invalid', params: { detail: NOT_LEGIBLE } });
      } else if (place.length > MAX_DEPTH) {
        problems.push({ segments: place, code: 'name-refused', params: { depth: MAX_DEPTH } });
      } else if (object.file !== undefined) {
        files.push(fileOf(object, object.file, place, within(window, object)));
      } else {
        if (!CONTAINERS.has(object.type)) kinds.add(object.type);
        enter(object, place, within(window, object));
      }
    }
  };
  enter(course, [], within({}, course));
  return { files, problems, complete: isWhole && isNamed && reached.size === objects.length, kinds: [...kinds].sort() };
}

export const NOT_LEGIBLE = 'ILIAS names it, and not what it is';

const CONTAINERS: ReadonlySet<string> = new Set(['crs', 'grp', 'fold', 'cat']);

function fileOf(
  { ref, updated }: IliasObject,
  { version, size }: NonNullable<IliasObject['file']>,
  segments: readonly string[],
  window: Window | undefined,
): SoapFile {
  const isTimed = window === undefined || window.from !== undefined || window.until !== undefined;
  return {
    ...{ ref, segments, size, updated },
    stamp: stampOf(version, size, updated),
    ...(isTimed ? { visible: window ?? withheldIndefinitely } : {}),
  };
}

/** "Replace" in ILIAS leaves the version as it was, and an edited description changes the date alone. */
export function stampOf(version: string, size: number, updated: string): string {
  return JSON.stringify([version, size, updated]);
}

/** From 9 on titles are kept without the suffix. */
function nameOf({ title, ref, file }: IliasObject): string {
  if (title === undefined) return `ref_${ref}`;
  const suffix = file === undefined || file.extension === '' ? '' : `.${file.extension}`;
  return title.toLowerCase().endsWith(suffix.toLowerCase()) ? title : title + suffix;
}

/** What is left of a folder's times for something in it; undefined when nothing is, or it is not shown at all. */
function within(outer: Window | undefined, { isGranted, window }: IliasObject): Window | undefined {
  if (outer === undefined || !isGranted) return undefined;
  const from = [outer.from, window.from]
    .filter((one) => one !== undefined)
    .sort()
    .at(-1);
  const until = [outer.until, window.until].filter((one) => one !== undefined).sort()[0];
  if (from !== undefined && until !== undefined && from >= until) return undefined;
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

/** Every place of one object; undefined when it has none that can be read. */
function objectsOf(element: Element): readonly IliasObject[] | undefined {
  const places = element.children.filter(({ name }) => name === 'References');
  const objects = places.map((place): IliasObject | undefined => {
    const { ref_id: ref = '', parent_id: parent = '', accessInfo } = place.attributes;
    if (!/^\d+$/.test(ref) || !/^\d+$/.test(parent)) return undefined;
    const title = childNamed(element, 'Title')?.text;
    const operations = place.children.filter(({ name }) => name === 'Operation').map(({ text }) => text);
    return {
      ...{ ref, parent, operations, type: element.attributes['type'] ?? '' },
      title: title === undefined || title === '' ? undefined : boundedName(title),
      updated: childNamed(element, 'LastUpdate')?.text ?? '',
      isGranted: accessInfo === 'granted',
      window: windowOf(childNamed(place, 'TimeTarget')),
      file: element.attributes['type'] === 'file' ? filePropertiesOf(element) : undefined,
    };
  });
  const isLegible = objects.length > 0 && objects.every((one) => one !== undefined);
  return isLegible ? objects : undefined;
}

function filePropertiesOf(element: Element): IliasObject['file'] {
  const properties = new Map(
    (childNamed(element, 'Properties')?.children ?? []).map(({ attributes, text }) => [attributes['name'], text]),
  );
  const size = properties.get('fileSize') ?? '';
  const version = properties.get('fileVersion') ?? '';
  if (!/^\d{1,15}$/.test(size)) return undefined;
  return { size: Number(size), version, extension: properties.get('fileExtension') ?? '' };
}

/** A period of availability is of type 1, in seconds since 1970. */
function windowOf(target: Element | undefined): Window {
  const timing = target === undefined ? undefined : childNamed(target, 'Timing');
  if (target?.attributes['type'] !== '1' || timing === undefined) return {};
  const at = (name: string): string | undefined => {
    const seconds = Number(timing.attributes[name]);
    return seconds > 0 && seconds < 253402300800 ? new Date(seconds * 1000).toISOString() : undefined;
  };
  const [from, until] = [at('starting_time'), at('ending_time')];
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}
