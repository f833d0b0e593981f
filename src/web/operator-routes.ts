/** For operators and browsers: health, readiness, metrics, the pages' own files. None of it shows a course or a person. */
import { F2gitError } from '../errors.ts';
import { isAssetName } from './assets.ts';
import { ended, sendJson } from './exchange.ts';
import type { Site } from './site.ts';
import { segment, type Visit } from './visit.ts';

/** The process lives. */
export function answerHealth(visit: Visit): Promise<void> {
  return sendJson(visit, { f2git: 1, ok: true });
}

/** New clicks are taken: 503 while the server goes down, and while its data folder is not there. */
export function answerReady(visit: Visit, site: Site): Promise<void> {
  const ready = site.isReady();
  visit.response.status(ready ? 200 : 503);
  return sendJson(visit, { f2git: 1, ready });
}

/** Counts say who works when, where few do: they are for those who look after the server. */
export async function answerMetrics(visit: Visit, site: Site): Promise<void> {
  if (!(await site.identity.mayWatch(visit.request)))
    throw new F2gitError('page-unknown', { params: { page: 'metrics' } });
  visit.response.type('text/plain; version=0.0.4; charset=utf-8').send(site.metrics.render());
  return ended(visit);
}

export function answerAsset(visit: Visit, site: Site): Promise<void> {
  const name = segment(visit, 'name');
  if (!isAssetName(name)) throw new F2gitError('page-unknown', { params: { page: name.slice(0, 80) } });
  const asset = site.assets[name];
  const isVersion = visit.query.get('v') === asset.version;
  visit.response.setHeader('Cache-Control', isVersion ? 'public, max-age=31536000, immutable' : 'no-cache');
  visit.response.setHeader('Content-Type', asset.type);
  visit.response.send(asset.bytes);
  return ended(visit);
}
