/** Brings the facts about one course file before the merge table. */
import type { EntryId, Oid } from '../core/ids.ts';
import { nameOf, type RelPath } from '../core/paths.ts';
import { F2gitError } from '../errors.ts';
import { isCopyOf } from './copies.ts';
import type { HomeView } from './home-view.ts';
import type { Item } from './items.ts';
import type { Located } from './locate.ts';
import { isNotebookName } from './merge-notebook.ts';
import type { MergeOutcome, MergeRequest, PlanInput } from './plan-types.ts';
import { decide, type Facts, type Rule } from './rules.ts';
import type { Declined } from './tree.ts';

/** Every click on an edited file reads them. */
const MOST_IN_TABS = 2;

export class Judge {
  /** Merges that were asked for and are not known yet. */
  readonly merges: MergeRequest[] = [];
  /** Files of which nothing can be decided now, and the name that could not be looked at. When one is added this plan is void. */
  readonly unclear: Map<EntryId, RelPath>;
  private readonly input: PlanInput;
  private readonly table: readonly Rule[];
  private readonly outcomes = new Map<Item, MergeOutcome | undefined>();

  constructor(input: PlanInput, table: readonly Rule[], unclear: Map<EntryId, RelPath>) {
    this.input = input;
    this.table = table;
    this.unclear = unclear;
  }

  /**
   * Rows 1 and 2, which are about paths: nothing may be concluded about any of the file's paths, or one cannot be read.
   * Gives the unreadable path, or undefined when the file may be touched.
   */
  untouchable(item: Item, isFrozen: (path: RelPath) => boolean, home: HomeView): 'frozen' | RelPath | undefined {
    const placement = item.before?.placement ?? item.natural;
    const paths = [item.before?.coursePath, item.offered?.path, placement, item.natural];
    const isUnclear = paths.some((path) => path !== undefined && isFrozen(path));
    const unreadable = home.unreadableAbove(placement) ?? home.unreadableAbove(item.natural);
    const rule = this.decide({
      base: item.record === undefined ? 'none' : 'known',
      offered: isUnclear ? 'frozen' : this.offeredFact({ item, local: 'absent', isCopy: false }),
      local: unreadable === undefined ? 'absent' : 'unreadable',
      deletedFiles: 'restore',
    });
    if (rule.verdict !== 'nothing') return undefined;
    return isUnclear ? 'frozen' : unreadable;
  }

  /** What the table says. `local` and `deletedFiles` are given apart: what blocks a file is known only in the end. */
  rule(located: Located, local: Facts['local'], deletedFiles = this.input.policy.deletedFiles): Rule {
    const base = located.item.record !== undefined || local === 'pristine' ? 'known' : 'none';
    const offered = this.offeredFact(located);
    const isStale = local === 'edited' && offered === 'same' && this.isSavedFromEarlier(located);
    const facts: Facts = { base, offered: isStale ? 'changed' : offered, local, deletedFiles };
    return this.decide(facts, () => this.merge(located)?.kind !== 'not-mergeable');
  }

  /** What of that which was declined before the course still wants; undefined: nothing. */
  stillWanted(located: Located): readonly Declined[] | undefined {
    const { record } = located.item;
    if (record?.declined === undefined || located.at === undefined) return undefined;
    const outcome = this.merge(located);
    return outcome?.kind === 'merged' ? (outcome.stillWanted ?? record.declined) : record.declined;
  }

  /** The outcome of the merge of an edited file; undefined while it is not known: then this plan is void. */
  merge(located: Located): MergeOutcome | undefined {
    const { item, at, file } = located;
    if (this.outcomes.has(item)) return this.outcomes.get(item);
    if (item.record === undefined || item.offered === undefined || at === undefined || file === undefined) {
      throw new F2gitError('bug', { params: { detail: 'a merge without three sides' } });
    }
    const { oid, former, declined } = item.record;
    const earlier = this.earlier(located);
    const request = {
      path: at,
      base: oid,
      offered: item.offered.oid,
      local: file.oid,
      ...(earlier.length > 0 && { earlier }),
      ...(former && { former }),
      ...(declined && { declined }),
    };
    const outcome = this.input.merges(request);
    this.outcomes.set(item, outcome);
    if (outcome === undefined) this.merges.push(request);
    return outcome;
  }

  /** Whether a course copy stays where it is as long as the course's path is taken. */
  staysAsCopy({ item, at }: Located): boolean {
    return at !== undefined && isCopyOf(item.natural, at);
  }

  /**
   * Whether a browser tab or an editor that was open since before the last delivery saved a file over it: then what was
   * delivered is missing there, although the student never declined it. Who takes it out once more after it was brought
   * back means it; and what the last merge put there no editor has saved.
   */
  private isSavedFromEarlier(located: Located): boolean {
    const { item, file } = located;
    if (item.record?.revived === true || this.earlier(located).length === 0) return false;
    const outcome = this.merge(located);
    return outcome?.kind === 'merged' && outcome.oid !== file?.oid;
  }

  /**
   * What else the course once published as this file; where it offers nothing new, only what a tab may still show. Of a
   * text, nothing once that question is settled: it has no cells whose earlier texts would tell more. What the last merge
   * put there began from the version it delivered, and from no other.
   */
  private earlier({ item: { id, record, offered }, at, file }: Located): readonly Oid[] {
    if (offered === undefined || at === undefined || file === undefined || record?.merged === file.oid) return [];
    if (record?.revived === true && !isNotebookName(nameOf(at))) return [];
    const versions = this.input.history.versions(id, offered.path);
    const others = versions.filter((oid) => oid !== record?.oid && oid !== offered.oid);
    return offered.oid === record?.oid ? others.slice(0, MOST_IN_TABS) : others;
  }

  private offeredFact({ item, local, file }: Located): Facts['offered'] {
    const { offered, record } = item;
    if (offered === undefined) return this.input.deletions === 'certain' ? 'gone' : 'unclear';
    const ancestor: Oid | undefined = local === 'pristine' || local === 'equal' ? file?.oid : record?.oid;
    if (record === undefined && local !== 'pristine') return 'new';
    return ancestor === offered.oid ? 'same' : 'changed';
  }

  private decide(facts: Facts, isMergeable = (): boolean => true): Rule {
    const rule = decide(facts, isMergeable, this.table);
    if (rule === undefined) throw new F2gitError('bug', { params: { detail: `no rule for ${JSON.stringify(facts)}` } });
    return rule;
  }
}
