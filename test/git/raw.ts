/** Requests of the protocol by hand, also such as no git sends, and what comes back, taken apart. */
import { request as httpRequest } from 'node:http';

/** A packet with this text; a line end is added. */
export function line(text: string): string {
  return `${(Buffer.byteLength(text) + 5).toString(16).padStart(4, '0')}${text}\n`;
}

export const FLUSH = '0000';

/** A request for a pack. */
export interface Wish {
  readonly wants: readonly string[];
  readonly capabilities?: readonly string[];
  readonly shallow?: readonly string[];
  readonly deepen?: string;
  readonly haves?: readonly string[];
  readonly end?: 'done' | 'flush' | 'none';
}

export function bodyOf({ wants, capabilities = [], shallow = [], deepen, haves = [], end = 'done' }: Wish): Buffer {
  const lines = [
    ...wants.map((want, index) => line(index === 0 ? ['want', want].join(' ') + words(capabilities) : `want ${want}`)),
    ...shallow.map((id) => line(`shallow ${id}`)),
    ...(deepen === undefined ? [] : [line(`deepen ${deepen}`)]),
    FLUSH,
    ...haves.map((have) => line(`have ${have}`)),
    ...(end === 'done' ? [line('done')] : end === 'flush' ? [FLUSH] : []),
  ];
  return Buffer.from(lines.join(''));
}

function words(capabilities: readonly string[]): string {
  return capabilities.length === 0 ? '' : ` ${capabilities.join(' ')}`;
}

export interface Said {
  /** Lines before the pack; `flush` for the packet of that name. */
  readonly lines: readonly string[];
  /** Empty when none came. */
  readonly pack: Buffer;
  /** What came on the third side band. */
  readonly failure: string;
}

/** Takes an answer apart, with side bands or without. */
export function readAnswer(bytes: Buffer): Said {
  const lines: string[] = [];
  const pack: Buffer[] = [];
  let failure = '';
  for (let at = 0; at < bytes.length;) {
    if (bytes.toString('latin1', at, at + 4) === 'PACK') {
      pack.push(bytes.subarray(at));
      break;
    }
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    const content = bytes.subarray(at + 4, at + length);
    if (length === 0) lines.push('flush');
    else if (content[0] === 1) pack.push(content.subarray(1));
    else if (content[0] === 3) failure += content.toString('utf8', 1);
    else if (content[0] !== 2) lines.push(content.toString('utf8').trimEnd());
    at += Math.max(4, length);
  }
  return { lines, pack: Buffer.concat(pack), failure };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** One request with exactly these bytes. */
export function send(
  address: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: Readonly<{ method?: string; headers?: Record<string, string>; body?: Buffer }> = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Asks the repository at `address` for a pack. */
export async function ask(
  address: string,
  wish: Wish | Buffer,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return send(`${address}/git-upload-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-upload-pack-request', ...headers },
    body: Buffer.isBuffer(wish) ? wish : bodyOf(wish),
  });
}
