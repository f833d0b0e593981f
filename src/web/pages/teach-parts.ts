/** What the page for staff is made of. */
import type { Preview } from '../../repo/staff-view.ts';
import type { Course } from '../ports.ts';
import type { Site } from '../site.ts';
import { confirmEnds, type DeskView, type StaffDesk } from '../staff-desk.ts';
import type { PersonalVisit } from '../visit.ts';

/** What may have come of a form of the page; `looking`: nothing yet, the source is still being read. */
export const teachEnds = [...confirmEnds, 'looking'] as const;
export type TeachEnd = (typeof teachEnds)[number];

export interface TeachPage {
  readonly visit: PersonalVisit;
  readonly site: Site;
  readonly course: Course;
  /** Absent where nobody can look at the course for all. */
  readonly desk?: { readonly desk: StaffDesk; readonly view: DeskView };
  /** Set where somebody asked for one; its time and group are in the address. */
  readonly preview?: { readonly seen: Preview; readonly at: string; readonly group: string };
  /** What a link should open. */
  readonly wish: { readonly open: string; readonly app: string };
  /** What came of the form that led here. */
  readonly told?: TeachEnd;
}
