/** The front: everything from outside ends here. It knows who is signed in, and has no right to anything else. */
import { identityHub } from '../hub/identity-hub.ts';
import type { RunningServer } from '../server.ts';
import { identityLinks } from '../web/identity-links.ts';
import { identityNone } from '../web/identity-none.ts';
import { listen, urlOf, type Place } from '../web/http-server.ts';
import { createLog } from '../web/log.ts';
import type { Identity } from '../web/ports.ts';
import { createFrontDoor } from './front-door.ts';
import { receiveHub, type FrontOrder } from './orders.ts';

/** Answers that are under way when the server stops: the keeper has told them all that there will be. */
const LAST_ANSWERS_MS = 1_000;

/** @throws {F2gitError} as `listen` */
export async function startFront(order: FrontOrder): Promise<RunningServer> {
  const { prefix, language, keeper, word, listen: where } = order;
  const now = (): Date => new Date();
  const log = createLog((line) => process.stderr.write(line), now);
  const door = createFrontDoor({ identity: identityOf(order, now), prefix, language, keeper, word, log });
  const place: Place = where.kind === 'socket' ? { kind: 'unix', path: where.path } : { ...where, kind: 'tcp' };
  const http = await listen(place, door);
  return { url: urlOf(http.place, prefix), close: () => http.close(LAST_ANSWERS_MS) };
}

/** Which courses somebody may take is the keeper's to know. */
function identityOf(order: FrontOrder, now: () => Date): Identity {
  const { hub, linksKey, accounts, prefix, publicUrl, key } = order;
  const own = { accounts, prefix, publicUrl, courses: new Map(), now };
  if (linksKey !== undefined) return identityLinks({ ...own, key: Buffer.from(linksKey, 'base64') });
  if (hub === undefined) return identityNone();
  return identityHub({ ...own, key: Buffer.from(key, 'base64'), hub: receiveHub(hub) });
}
