/**
 * Other servers than the platform's: two where every address shows a form to sign in, one of them at another port of the
 * platform's own host, and one nobody may ever reach.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOGIN_PAGE } from './wire-faults.ts';

/** The platform's, and one that is not. */
const ITS_HOST = '127.0.0.1';
const ANOTHER_HOST = '127.0.0.2';

export interface Elsewhere {
  readonly origin: string;
  readonly anotherPort: string;
  readonly canary: string;
  readonly canaryConnections: number;
  /** Every address and header it was asked with. */
  told(): string;
  stop(): Promise<void>;
}

export async function startElsewhere(): Promise<Elsewhere> {
  let told = '';
  let canaryConnections = 0;
  const listen: RequestListener = ({ url, headers }, response) => {
    told += `${url ?? ''} ${JSON.stringify(headers)}\n`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(LOGIN_PAGE);
  };
  const elsewhere = createServer(listen);
  const anotherPort = createServer(listen);
  const canary = createServer((_request, response) => response.end('secret'));
  canary.on('connection', () => (canaryConnections += 1));
  const servers = [elsewhere, anotherPort, canary];
  await new Promise<void>((up) => elsewhere.listen(0, ANOTHER_HOST, up));
  for (const server of [anotherPort, canary]) await new Promise<void>((up) => server.listen(0, ITS_HOST, up));
  return {
    origin: originOf(elsewhere),
    anotherPort: originOf(anotherPort),
    canary: originOf(canary),
    get canaryConnections() {
      return canaryConnections;
    },
    told: () => told,
    stop: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}

function originOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${String(port)}`;
}
