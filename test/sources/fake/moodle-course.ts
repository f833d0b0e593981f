/** A course on a Moodle site, changed as a teacher changes it, with the troubles the conformance suite asks for. */
import { Secret } from '../../../src/core/secret.ts';
import { moodleAdapter } from '../../../src/sources/moodle/index.ts';
import type { Course, CourseDriver, Fault, Harness, Segments } from '../harness.ts';
import {
  MoodleSite,
  type Role,
  serviceError,
  type SiteFile,
  type SiteModule,
  type SiteSection,
} from './moodle-site.ts';
import { type Door, WebServer } from './web-server.ts';

const ONE_ANSWER = 'Moodle lists a whole course in one answer';

const impossible = {
  'page-fails': ONE_ANSWER,
  'changes-between-pages': ONE_ANSWER,
  'forbidden-folder': 'a section that is closed to students is withheld, as it is on the page of the course',
  makeExecutable: 'Moodle keeps no executable bit',
} as const;

/** What a student's own token shows. */
export const studentHarness: Harness = {
  adapter: moodleAdapter,
  start: () => startMoodleCourse('student'),
  folder: 'src/sources/moodle',
  requiredKeys: ['url'],
  impossible: { ...impossible, schedule: 'a student is not told when a restriction ends' },
};

/** What is left for students of what a teacher's token shows. */
export const staffHarness: Harness = {
  ...studentHarness,
  start: () => startMoodleCourse('teacher'),
  impossible: { ...impossible, lock: 'nothing is closed to staff' },
};

/** Moodle refuses by an answer, not by a status. */
const door: Door = {
  isOpenTo: () => true,
  refusal: serviceError('invalidtoken'),
  missing: serviceError('invalidrecord'),
  forbidden: serviceError('errorcoursecontextnotvalid'),
};

/** A course with its site at hand. */
export interface MoodleCourse extends Course {
  readonly site: MoodleSite;
  readonly server: WebServer;
}

export async function startMoodleCourse(role: Role): Promise<MoodleCourse> {
  const place: { site?: MoodleSite } = {};
  const server: WebServer = await WebServer.start(
    (method, path, _headers, query, body) => place.site?.answer(method, path, query, body) ?? { status: 503 },
    door,
  );
  const site = new MoodleSite(() => server.origin);
  site.role = role;
  place.site = site;
  const driver = new Driver(site);
  return {
    site,
    server,
    raw: {
      type: 'moodle',
      url: `${server.origin}/course/view.php?id=${site.course}`,
      ...(role === 'teacher' ? { restricted_sections: 'none' } : {}),
    },
    credentials: { token: new Secret(site.token) },
    origins: server.origins,
    driver: driver.verbs(role),
    faults: faultsOf(server, site),
    calm: () => {
      site.trouble = {};
      return server.calm();
    },
    seen: {
      parallel: () => server.mostDownloads,
      connections: () => server.connections,
      credentialsElsewhere: () => server.credentialsElsewhere || site.sawSecretInAddress,
      canary: () => server.canaryConnections,
      requests: () => server.requests,
      asked: () => server.asked,
    },
    stop: () => server.stop(),
  };
}

const generalFaults = [
  ...([
    'down',
    'wrong-credentials',
    'session-expires',
    'root-missing',
    'root-forbidden',
    'html-page',
    'hangs',
  ] as const),
  ...(['content-cut', 'content-announces-more', 'content-sends-more', 'content-compressed', 'content-html'] as const),
  ...(['content-forbidden', 'content-redirects-elsewhere', 'content-redirects-private', 'content-endless'] as const),
  ...(['throttled-seconds', 'throttled-date', 'fails-once'] as const),
] satisfies readonly Fault[];

function faultsOf(server: WebServer, site: MoodleSite): Course['faults'] {
  const general = Object.fromEntries(generalFaults.map((fault) => [fault, server.trouble(fault)]));
  return {
    ...general,
    'other-order': () => {
      site.trouble = { isReversed: true };
    },
    'unparsable-item': (segments) => {
      const name = segments.at(-1);
      const changeContent = (content: Record<string, unknown>) =>
        content['filename'] === name ? { ...content, filesize: 'viel' } : content;
      site.trouble = { changeContent };
    },
    'outside-link': (segments) => {
      const section = site.sections.find(({ name }) => name === segments[0]);
      if (section === undefined) throw new Error('no such section');
      const extra = outsideOf(site).map((fileurl, at) => ({
        ...{ type: 'file', filename: `outside${String(at)}.txt`, filepath: '/', filesize: 1, fileurl, timemodified: 1 },
      }));
      site.addModule(section, 'folder', 'outside', { extra });
    },
  };
}

/** Another host, another activity's context, another script, and ways up. */
function outsideOf(site: MoodleSite): readonly string[] {
  return [
    'http://192.0.2.1/webservice/pluginfile.php/1/mod_folder/content/0/a.txt',
    `${site.siteAddress}/webservice/pluginfile.php/1/mod_folder/content/0/a.txt`,
    `${site.siteAddress}/user/export.php?file=/1/mod_folder/content/0/a.txt`,
    `${site.siteAddress}/webservice/pluginfile.php/../../secret/1/mod_folder/content/0/a.txt`,
    'javascript:alert(1)',
  ];
}

/** Folders of the suite are sections; folders in those are activities of kind `folder`; single files are resources. */
class Driver {
  readonly #site: MoodleSite;
  #clock = Date.UTC(2024, 0, 1) / 1000;

  constructor(site: MoodleSite) {
    this.#site = site;
  }

  verbs(role: Role): CourseDriver {
    const inTurn = (change: () => unknown): Promise<void> =>
      Promise.resolve()
        .then(change)
        .then(() => undefined);
    return {
      put: (segments, bytes) => inTurn(() => this.#put(segments, bytes)),
      overwrite: (segments, bytes) => inTurn(() => this.#put(segments, bytes)),
      remove: (segments) => inTurn(() => this.#remove(segments)),
      makeFolder: (segments) => inTurn(() => this.#folder(segments)),
      rename: (segments, name) => inTurn(() => this.#rename(segments, name)),
      move: (segments, to) => inTurn(() => this.#move(segments, to)),
      hide: (segments) => inTurn(() => (this.#module(segments).visible = false)),
      show: (segments) => inTurn(() => (this.#module(segments).visible = true)),
      ...(role === 'teacher'
        ? { schedule: (segments, { from = '' }) => inTurn(() => this.#openFrom(segments, from)) }
        : { lock: (segments) => inTurn(() => (this.#module(segments).visible = false)) }),
      touch: (segments) => inTurn(() => (this.#file(segments).modified = ++this.#clock)),
      overwriteUnseen: (segments, bytes) => inTurn(() => (this.#file(segments).bytes = bytes)),
      putTwin: (segments, bytes) =>
        inTurn(() => this.#resource(segments).files?.set(`/${last(segments)}`, this.#new(bytes))),
      // Moodle itself takes more out of names than this; what is left here cannot stand in an address.
      refuses: (name) => /[/\0]/.test(name) || name === '.' || name === '..',
    };
  }

  #put(segments: Segments, bytes: Uint8Array): void {
    const found = this.#find(segments);
    if (found !== undefined) found.module.revision += 1;
    const file = this.#new(bytes);
    if (segments.length <= 2) (found?.module ?? this.#resource(segments)).files?.set(`/${last(segments)}`, file);
    else this.#folder(segments.slice(0, 2))?.files?.set(`/${segments.slice(2).join('/')}`, file);
  }

  #new(bytes: Uint8Array): SiteFile {
    return { bytes, modified: ++this.#clock };
  }

  #resource(segments: Segments): SiteModule {
    return this.#site.addModule(this.#section(segments), 'resource', `Titel von ${last(segments)}`);
  }

  #section(segments: Segments): SiteSection {
    const name = segments.length < 2 ? 'General' : (segments[0] ?? '');
    return this.#site.sections.find((section) => section.name === name) ?? this.#site.addSection(name);
  }

  #folder([first = '', second]: Segments): SiteModule | undefined {
    const section = this.#section([first, '']);
    if (second === undefined) return undefined;
    const found = section.modules.find(({ modname, name }) => modname === 'folder' && name === second);
    return found ?? this.#site.addModule(section, 'folder', second);
  }

  #find(segments: Segments): { readonly module: SiteModule; readonly path: string } | undefined {
    const section = this.#section(segments);
    const [, folder = '', ...below] = segments;
    const path = segments.length <= 2 ? `/${last(segments)}` : `/${below.join('/')}`;
    const module = section.modules.find(
      ({ modname, name, files }) =>
        files?.has(path) === true && (segments.length <= 2 ? modname === 'resource' : name === folder),
    );
    return module === undefined ? undefined : { module, path };
  }

  #module(segments: Segments): SiteModule {
    const found = this.#find(segments);
    if (found === undefined) throw new Error(`nothing at ${segments.join('/')}`);
    return found.module;
  }

  #file(segments: Segments): SiteFile {
    const found = this.#find(segments);
    const file = found?.module.files?.get(found.path);
    if (file === undefined) throw new Error(`no file at ${segments.join('/')}`);
    return file;
  }

  #remove(segments: Segments): void {
    const { module, path } = this.#find(segments) ?? { module: this.#module(segments), path: '' };
    module.files?.delete(path);
    const { modules } = module.section;
    if (module.modname === 'resource') modules.splice(modules.indexOf(module), 1);
  }

  #rename(segments: Segments, name: string): void {
    const module = this.#module(segments);
    const file = this.#file(segments);
    module.files?.delete(`/${last(segments)}`);
    module.files?.set(`/${name}`, { bytes: file.bytes, modified: ++this.#clock });
  }

  #move(segments: Segments, to: Segments): void {
    const module = this.#module(segments);
    const { modules } = module.section;
    modules.splice(modules.indexOf(module), 1);
    module.section = this.#section(to);
    module.section.modules.push(module);
  }

  #openFrom(segments: Segments, from: string): void {
    const c = [{ type: 'date', d: '>=', t: Date.parse(from) / 1000 }];
    this.#module(segments).availability = JSON.stringify({ op: '&', showc: [true], c });
  }
}

function last(segments: Segments): string {
  return segments.at(-1) ?? '';
}
