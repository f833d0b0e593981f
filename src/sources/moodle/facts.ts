/** What `check` should say of a Moodle site, its account and the course. Pure. */
import type { SourceFact } from '../../core/source-facts.ts';
import type { ReadCourse } from './course.ts';
import type { Site } from './schema.ts';

/** The service of Moodle's own app has hundreds; one made for f2git has two or three. */
const MANY_FUNCTIONS = 20;

/** `site` is undefined where the web service does not tell. */
export function factsOf(site: Site | undefined, course: ReadCourse | undefined): readonly SourceFact[] {
  const { functions = [], username, release } = site ?? {};
  return [
    { code: 'platform', params: { system: 'Moodle', ...(release === undefined ? {} : { version: release }) } },
    username === undefined ? SILENT : { code: 'account', params: { user: username } },
    ...accountFacts(site, course),
    ...(functions.length > MANY_FUNCTIONS ? [powerful(functions.length)] : []),
    ...courseFacts(course),
  ];
}

const SILENT: SourceFact = {
  code: 'function-missing',
  params: { function: 'core_webservice_get_site_info' },
  level: 'warning',
};

function accountFacts(site: Site | undefined, course: ReadCourse | undefined): readonly SourceFact[] {
  return [
    ...(site?.downloadfiles === 0 ? [{ code: 'downloads-forbidden', level: 'failure' } as const] : []),
    ...(site?.userissiteadmin === true ? [{ code: 'account-administrator', level: 'warning' } as const] : []),
    ...(course?.isStaffView === true ? [{ code: 'account-staff', level: 'warning' } as const] : []),
  ];
}

function powerful(count: number): SourceFact {
  return { code: 'account-powerful', params: { count }, level: 'warning' };
}

function courseFacts(course: ReadCourse | undefined): readonly SourceFact[] {
  if (course === undefined) return [];
  const kinds = [...course.notDelivered].sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = kinds.map(([kind, count]) => `${kind} (${String(count)})`).join(', ');
  return [
    ...(course.withheld === 0 ? [] : [{ code: 'items-withheld', params: { count: course.withheld } } as const]),
    ...(shown === '' ? [] : [{ code: 'items-not-delivered', params: { kinds: shown } } as const]),
  ];
}
