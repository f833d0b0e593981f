/**
 * One course of a Moodle site, as 4.5 answers for it: web services and files by POST with a token in the form, errors
 * with status 200, the SHA-1 of a file as its entity tag. Shapes and headers are those of the recorded exchanges
 * (test/fixtures/moodle). What a student is not shown is left out as Moodle leaves it out.
 */
import { createHash } from 'node:crypto';
import { secretWord } from '../../support/secret-words.ts';
import type { Answer } from './web-server.ts';

/** A file of an activity. */
export interface SiteFile {
  bytes: Uint8Array;
  /** Seconds since 1970. */
  modified: number;
  /** What really comes, under the entity tag of `bytes`. */
  sent?: Uint8Array;
}

/** An activity of kind `resource`, `folder`, or any other. */
export interface SiteModule {
  readonly id: number;
  readonly context: number;
  readonly modname: string;
  name: string;
  section: SiteSection;
  /** By path: `/a.txt`, `/sub/b.txt`; absent where Moodle exports nothing. */
  readonly files?: Map<string, SiteFile>;
  /** Counts every time its settings are saved; part of the address of its files. */
  revision: number;
  visible: boolean;
  isShownOnPage: boolean;
  /** Raw restrictions; whoever is no staff is stopped by them. */
  availability?: string;
  /** Of a link. */
  readonly target?: string;
  /** Raw entries of `contents` beside the files. */
  readonly extra: unknown[];
}

export interface SiteSection {
  readonly id: number;
  name: string;
  visible: boolean;
  /** Why it is restricted; whoever is no staff is stopped by it. */
  restriction?: string;
  /** Whoever it stops is not told that it is there ("hide entirely"); then staff are not told that it is restricted, either. */
  isUnmentioned?: boolean;
  /** The activity of the section above that it stands in. */
  readonly subsectionOf?: SiteModule;
  readonly modules: SiteModule[];
}

export type Role = 'student' | 'teacher' | 'outsider';

/** What may go wrong with the listing. */
export interface ListingTrouble {
  readonly isReversed?: boolean;
  /** Changes each entry of `contents` before it is sent. */
  readonly changeContent?: (content: Record<string, unknown>, module: SiteModule) => unknown;
}

export class MoodleSite {
  readonly course = '5';
  readonly token = secretWord('a token of Moodle');
  readonly #privateToken = secretWord('a private token of Moodle');
  readonly sections: SiteSection[] = [];
  role: Role = 'student';
  /** Functions the token's web service has. */
  functions = ['core_webservice_get_site_info', 'core_enrol_get_users_courses', 'core_course_get_contents'];
  mayDownload = true;
  /** The languages calls asked for; an old release takes the wish for a wrong argument. */
  readonly languages: (string | null)[] = [];
  knowsLanguages = true;
  isSiteAdmin = false;
  /** Answers every call and file with this error. */
  errorcode: string | undefined;
  trouble: ListingTrouble = {};
  /** Whether a token or password ever stood in an address. */
  sawSecretInAddress = false;
  /** The names of all functions that were called, and `file` for every download. */
  readonly calls: string[] = [];
  user: { readonly name: string; readonly password: string } | undefined;
  readonly origin: () => string;
  readonly root: string;
  #number = 10;

  /** `root` is the path Moodle is installed at, with slashes around it. */
  constructor(origin: () => string, root = '/') {
    this.origin = origin;
    this.root = root;
    this.addSection('General');
  }

  get siteAddress(): string {
    return `${this.origin()}${this.root.slice(0, -1)}`;
  }

  addSection(name: string, more: Partial<SiteSection> = {}): SiteSection {
    const section: SiteSection = { id: ++this.#number, name, visible: true, modules: [], ...more };
    this.sections.push(section);
    return section;
  }

  addModule(section: SiteSection, modname: string, name: string, more: Partial<SiteModule> = {}): SiteModule {
    const hasFiles = ['resource', 'folder', 'page'].includes(modname);
    const module: SiteModule = {
      id: ++this.#number,
      context: ++this.#number,
      modname,
      name,
      section,
      ...(hasFiles ? { files: new Map<string, SiteFile>() } : {}),
      revision: 0,
      visible: true,
      isShownOnPage: true,
      extra: [],
      ...more,
    };
    section.modules.push(module);
    return module;
  }

  answer(method: string, path: string, query: string, body: string): Answer {
    const inAddress = new URLSearchParams(query);
    const form = new URLSearchParams(body);
    if (['token', 'wstoken', 'password'].some((name) => inAddress.has(name))) this.sawSecretInAddress = true;
    if (!path.startsWith(this.root)) return { status: 404 };
    const script = path.slice(this.root.length);
    // Moodle reads parameters from both; what stands in the address wins nothing here.
    if (script === 'login/token.php' && method === 'POST') return this.#login(form);
    if (script === 'webservice/rest/server.php') return this.#service(inAddress, form);
    if (script.startsWith('webservice/pluginfile.php/')) return this.#file(script, form);
    return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from('<html></html>') };
  }

  #login(form: URLSearchParams): Answer {
    this.calls.push('token');
    if (this.errorcode !== undefined) return fileError(this.errorcode);
    if (form.get('service') === null) return fileError('missingparam');
    if (form.get('service') !== 'moodle_mobile_app') return fileError('servicenotavailable');
    const isKnown = this.user?.name === form.get('username') && this.user.password === form.get('password');
    return isKnown ? json({ token: this.token, privatetoken: this.#privateToken }) : fileError('invalidlogin');
  }

  #service(inAddress: URLSearchParams, form: URLSearchParams): Answer {
    const name = form.get('wsfunction') ?? '';
    this.calls.push(name);
    if (inAddress.get('moodlewsrestformat') !== 'json') {
      return {
        status: 200,
        headers: { 'content-type': 'application/xml; charset=utf-8' },
        body: Buffer.from('<?xml ?>'),
      };
    }
    if (form.get('wstoken') !== this.token) return serviceError('invalidtoken');
    if (this.errorcode !== undefined) return serviceError(this.errorcode);
    if (!this.functions.includes(name)) return serviceError('accessexception');
    const known = ['wstoken', 'wsfunction', 'courseid', 'cmid', 'userid'];
    const settings = ['moodlewssettingfilter', ...(this.knowsLanguages ? ['moodlewssettinglang'] : [])];
    const isStrange = [...form.keys()].some((key) => !known.includes(key) && !settings.includes(key));
    this.languages.push(form.get('moodlewssettinglang'));
    if (isStrange) return serviceError('invalidparameter');
    if (name === 'core_webservice_get_site_info') return json(this.#siteInfo());
    if (name === 'core_course_get_course_module') return this.#courseOf(Number(form.get('cmid')));
    if (name !== 'core_course_get_contents') return json([]);
    if (form.get('courseid') !== this.course) return serviceError('invalidrecord');
    if (this.role === 'outsider') return serviceError('errorcoursecontextnotvalid', NO_COURSE);
    return json(this.contents());
  }

  #courseOf(id: number): Answer {
    const module = this.sections.flatMap(({ modules }) => modules).find((one) => one.id === id);
    if (module === undefined) return serviceError('invalidcoursemodule');
    return this.#mayOpen(module)
      ? json({ cm: { id, course: Number(this.course) } })
      : serviceError('requireloginerror');
  }

  #siteInfo(): unknown {
    return {
      sitename: 'Moodle Test',
      username: this.role,
      userid: 4,
      siteurl: this.siteAddress,
      functions: this.functions.map((name) => ({ name, version: '2024100706' })),
      downloadfiles: this.mayDownload ? 1 : 0,
      release: '4.5.6 (Build: 20250811)',
      version: '2024100706',
      userissiteadmin: this.isSiteAdmin,
    };
  }

  /** What `core_course_get_contents` shows to the present role. */
  contents(): unknown[] {
    const isStaff = this.role === 'teacher';
    const shown = this.sections
      .map((section, position) => ({ section, position }))
      .filter(({ section }) => isStaff || isMentioned(section));
    const listed = shown.map(({ section, position }) => {
      const isStopped = !isStaff && section.restriction !== undefined;
      const modules = isStopped ? [] : section.modules.filter((module) => isStaff || isListed(module));
      const raw = modules.map((module) => this.#module(module, isStaff));
      return {
        id: section.id,
        name: escapeName(section.name),
        visible: section.visible ? 1 : 0,
        summary: '',
        summaryformat: 1,
        section: position,
        hiddenbynumsections: 0,
        uservisible: !isStopped,
        ...(section.restriction === undefined || section.isUnmentioned === true
          ? {}
          : { availabilityinfo: section.restriction }),
        component: section.subsectionOf === undefined ? null : 'mod_subsection',
        itemid: section.subsectionOf === undefined ? null : section.subsectionOf.id + 1000,
        modules: this.trouble.isReversed === true ? raw.reverse() : raw,
      };
    });
    return this.trouble.isReversed === true ? listed.reverse() : listed;
  }

  #module(module: SiteModule, isStaff: boolean): unknown {
    const isStopped = !isStaff && module.availability !== undefined;
    const contents = isStopped ? undefined : this.#contents(module);
    return {
      id: module.id,
      url: `${this.siteAddress}/mod/${module.modname}/view.php?id=${String(module.id)}`,
      name: escapeName(module.name),
      instance: module.id + 1000,
      contextid: module.context,
      visible: typeof module.visible === 'boolean' ? Number(module.visible) : module.visible,
      uservisible: !isStopped,
      visibleoncoursepage: module.isShownOnPage ? 1 : 0,
      modname: module.modname,
      ...(isStopped ? { availabilityinfo: 'Not available unless: …' } : {}),
      ...(isStaff ? { availability: module.availability ?? null } : {}),
      ...(contents === undefined ? {} : { contents }),
    };
  }

  #contents(module: SiteModule): unknown[] | undefined {
    const { files, target, extra } = module;
    if (files === undefined && target === undefined && extra.length === 0) return undefined;
    const stored = [...(files ?? [])].map(([path, file]) => this.#content(module, path, file));
    const link = target === undefined ? [] : [linkContent(module.name, target)];
    const listed = [...stored, ...link, ...extra] as Record<string, unknown>[];
    const { changeContent } = this.trouble;
    return changeContent === undefined ? listed : listed.map((one) => changeContent(one, module));
  }

  #content(module: SiteModule, path: string, { bytes, modified }: SiteFile): Record<string, unknown> {
    const cut = path.lastIndexOf('/') + 1;
    return {
      type: 'file',
      filename: path.slice(cut),
      filepath: path.slice(0, cut),
      filesize: bytes.length,
      fileurl: this.fileAddress(module, path),
      timecreated: modified,
      timemodified: modified,
      sortorder: 0,
      mimetype: 'text/plain',
      isexternalfile: false,
      userid: 2,
      author: 'Tea Cher',
      license: 'allrightsreserved',
    };
  }

  fileAddress({ context, modname, revision }: SiteModule, path: string): string {
    const encoded = path.toWellFormed().split('/').map(encodeURIComponent).join('/');
    const place = `${String(context)}/mod_${modname}/content/${String(revision)}${encoded}`;
    return `${this.siteAddress}/webservice/pluginfile.php/${place}?forcedownload=1`;
  }

  #file(script: string, form: URLSearchParams): Answer {
    this.calls.push('file');
    const token = form.get('token');
    if (token === null) return fileError('missingparam');
    if (token !== this.token) return fileError('invalidtoken');
    if (this.errorcode !== undefined) return fileError(this.errorcode);
    if (!this.mayDownload) return fileError('accessexception');
    const [, , context, , , , ...path] = script.split('/');
    const module = this.sections.flatMap(({ modules }) => modules).find((one) => String(one.context) === context);
    if (module === undefined) return fileError('invalidrecord');
    if (!this.#mayOpen(module)) return fileError('requireloginerror');
    const name = `/${path.map(decodeURIComponent).join('/')}`;
    const file = module.files?.get(name);
    if (file === undefined) return { ...fileError('filenotfound'), status: 404 };
    return {
      status: 200,
      headers: {
        'content-type': name.endsWith('.ipynb') ? 'application/json' : 'text/plain; charset=utf-8',
        'content-disposition': `inline; filename="${encodeURIComponent(name.slice(1).toWellFormed())}"`,
        'last-modified': new Date(file.modified * 1000).toUTCString(),
        etag: `"${createHash('sha1').update(file.bytes).digest('hex')}"`,
        'accept-ranges': 'bytes',
      },
      body: file.sent ?? file.bytes,
      file: [...this.foldersOf(module), ...name.slice(1).split('/')].join('/'),
    };
  }

  /** Where f2git puts the files of an activity. */
  foldersOf({ section, modname, name }: SiteModule): readonly string[] {
    const above = section === this.sections[0] ? [] : [section.name];
    return modname === 'folder' ? [...above, name] : above;
  }

  #mayOpen(module: SiteModule): boolean {
    if (this.role === 'teacher') return true;
    const { section } = module;
    const isOpen = module.visible && module.availability === undefined;
    return this.role === 'student' && isOpen && section.visible && section.restriction === undefined;
  }
}

const NO_COURSE =
  'You cannot execute functions in the course context (course id:5). The context error message was: Course or activity not accessible.';

/** Restricted activities are shown greyed out here; hidden ones are not. */
function isListed(module: SiteModule): boolean {
  return module.visible;
}

function linkContent(name: string, target: string): Record<string, unknown> {
  return {
    type: 'url',
    filename: name,
    filepath: null,
    filesize: 0,
    fileurl: target,
    timecreated: null,
    timemodified: 0,
  };
}

function escapeName(name: string): string {
  return name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}

/** An error of a web service. */
function isMentioned({ visible, subsectionOf, restriction, isUnmentioned }: SiteSection): boolean {
  return visible && subsectionOf?.visible !== false && (restriction === undefined || isUnmentioned !== true);
}

export function serviceError(errorcode: string, message = 'its text depends on the language'): Answer {
  return json({ exception: 'core\\exception\\moodle_exception', errorcode, message });
}

function fileError(errorcode: string): Answer {
  const error = { error: 'its text depends on the language', errorcode, stacktrace: null, debuginfo: null };
  const body = Buffer.from(JSON.stringify({ ...error, reproductionlink: null }));
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}
