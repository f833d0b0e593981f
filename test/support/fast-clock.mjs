/**
 * Preloaded into the built program (`node --import`): an hour passes in a minute and a half, so that its real deadlines,
 * unchanged, are met by a test. Time is scaled wherever the program reads it or waits for it.
 */
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';

const SPEED = 40;
const RealDate = Date;
const started = RealDate.now();
const now = () => Math.round(started + (RealDate.now() - started) * SPEED);

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }
  static now() {
    return now();
  }
};

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  globalThis[name] = timers[name] = (callback, delay, ...rest) => real(callback, (delay ?? 0) / SPEED, ...rest);
}
const realWait = promises.setTimeout;
promises.setTimeout = (delay, ...rest) => realWait((delay ?? 0) / SPEED, ...rest);
syncBuiltinESMExports();
