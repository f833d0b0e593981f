/** What somebody is in a course: pure, from the configuration and the groups the hub knows. */
import type { CourseConfig } from '../config.ts';
import type { Person } from '../web/ports.ts';

export type Role = 'student' | 'staff' | 'administrator';
export type Membership = Pick<CourseConfig, 'groups' | 'staff' | 'students'>;

/** The highest role of `person`; undefined when the course is not for them. */
export function roleIn(person: Person, course: Membership): Role | undefined {
  if (person.isAdmin === true) return 'administrator';
  if (isNamed(person, course.staff, course)) return 'staff';
  const { students } = course;
  return students === undefined || isNamed(person, students, course) ? 'student' : undefined;
}

/** Whether `names` hold this person, or by `group:name` a group of theirs: one of the course, or one of the hub. */
function isNamed({ name, groups }: Person, names: readonly string[], course: Membership): boolean {
  return names.some((one) => {
    if (!one.startsWith('group:')) return one === name;
    const group = one.slice('group:'.length);
    return groups.includes(group) || course.groups.get(group)?.includes(name) === true;
  });
}
