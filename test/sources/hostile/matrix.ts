/** Runs the table for one source. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from './long.ts';
import { fromRequest, type Place, placesAt, placesOfAll, type Row, rows } from './cells.ts';
import { subjects } from './subjects.ts';
import { wireFaults } from './wire-faults.ts';
import { costsOf, usualCosts } from './costs.ts';
import { World } from './world.ts';

/** What may end any request in the middle of a refresh. */
const MIDDLE = ['status-401', 'status-403', 'status-404', 'status-500', 'html-login', 'dropped'];

/** One source, and in the long form its other roles as well. */
export function describeHostile(source: string): void {
  const roles = Object.values(subjects).filter(
    ({ name, isVariant }) => isVariant === true && name.startsWith(`${source} (`),
  );
  for (const name of [source, ...(isLong ? roles.map(({ name }) => name) : [])]) describeOne(name);
}

function describeOne(name: string): void {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`no such source: ${name}`);
  const { missing } = subject;
  const what = `${name}: a hostile platform`;
  describe.skipIf(missing !== undefined)(missing === undefined ? what : `${what} (${missing})`, () => {
    let world: World | undefined;
    const start = async () => (world ??= await World.start(subject));
    beforeAll(start);
    afterAll(async () => {
      await world?.stop();
    });
    /** What went wrong may go on going wrong: the next test begins anew. */
    const expectNothing = async (wrong: readonly string[]) => {
      if (wrong.length > 0) {
        await world?.stop();
        world = undefined;
      }
      if (wrong.length > 0) throw new Error(wrong.slice(0, 8).join('\n'));
    };

    for (const [at, row] of rows.entries()) {
      if (!isLong && at % (subject.oneIn ?? 1) !== 0) continue;
      const places = placesAt(row, subject);
      const reason = row.whyNot(subject) ?? row.places.map((place) => subject.impossible[place]).join('; ');
      if (places.length === 0) {
        it(`${row.id} cannot be here: ${reason}`, () => expect(reason).toMatch(/\w+ \w+/));
        continue;
      }
      it(`${row.id}: ${row.title}`, async () => {
        const world = await start();
        const wrong: string[] = [];
        for (const place of chosen(places, at)) wrong.push(...(await strike(world, row, place, phasesOf(name, at))));
        await expectNothing(wrong);
      });
    }

    it.each(MIDDLE)('%s in the middle of a refresh, at any request', async (id) => {
      const world = await start();
      const fault = wireFaults.find((one) => one.id === id);
      if (fault === undefined) throw new Error(`no such fault: ${id}`);
      const wrong: string[] = [];
      for (const k of requestsOf(world.usual.first))
        wrong.push(...named(`from ${String(k)}`, await world.firstDownload(fromRequest(k, fault, world))));
      for (const k of requestsOf(world.usual.known))
        wrong.push(...named(`from ${String(k)}`, await world.known(fromRequest(k, fault, world))));
      await expectNothing(wrong);
    });

    it('leaves no connection open and no secret on any disk', async () => {
      const world = await start();
      expect(await world.leftConnections()).toBe(0);
      expect(world.secretsOnDisk()).toEqual([]);
    });
  });
}

async function strike(world: World, row: Row, place: Place, phases: readonly Phase[]): Promise<readonly string[]> {
  const { limits } = row;
  world.mayLose = row.mayLose?.(world.subject) ?? [];
  world.costs = costsOf(world.subject.type, row.group, place);
  world.moreRequests = row.moreRequests ?? 0;
  world.strikes = 0;
  // What is believed of a wrong content may show only when it is seen again.
  const times = place === 'content' ? 2 : 1;
  const wrong: string[] = [];
  for (const phase of phases) {
    if (phase === 'first')
      wrong.push(...(await world.firstDownload(row.fault(world, place, world.lists.first), limits, times)));
    else wrong.push(...(await world.known(row.fault(world, place, world.lists.known), limits, times)));
  }
  // What struck nothing showed nothing; one comes by chance.
  if (world.strikes === 0 && row.id !== 'drops-sometimes') wrong.push('it met nothing');
  world.mayLose = [];
  world.costs = usualCosts(world.subject.type);
  world.moreRequests = 0;
  world.attacked.proxy.reroute = (path) => path;
  return named(place, wrong);
}

type Phase = 'first' | 'known';

/** In the short form each fault meets half of the sources with nothing yet, and half with a course that is known. */
function phasesOf(name: string, at: number): readonly Phase[] {
  if (isLong) return ['first', 'known'];
  const order = Object.keys(subjects).indexOf(name);
  return [(at + order) % 2 === 0 ? 'first' : 'known'];
}

const named = (where: string, wrong: readonly string[]): readonly string[] => wrong.map((text) => `${where}: ${text}`);

/** In the short form one place for each fault, another for the next one. */
function chosen(places: readonly Place[], at: number): readonly Place[] {
  const place = placesOfAll[at % placesOfAll.length];
  if (isLong) return places;
  return [places.find((one) => one === place) ?? places[at % places.length] ?? 'lists'];
}

function requestsOf(count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  return isLong ? all.slice(1) : [...new Set([2, Math.ceil(count / 2), count])].filter((k) => k > 1 && k <= count);
}
