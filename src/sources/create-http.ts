/** Makes HTTP clients without loading one: that happens with the first request. */
import type { Http, HttpOptions } from './http.ts';

/** Makes a client for one refresh of one source: its deadline runs from the first request. Close it. */
export function createHttp(options: HttpOptions): Http {
  let opened: Http | undefined;
  let opening: Promise<Http> | undefined;
  const open = (): Promise<Http> =>
    (opening ??= import('./http-client.ts').then(({ openHttp }) => (opened = openHttp(options))));
  return {
    send: async (request, signal) => (await open()).send(request, signal),
    signIn: async (place, attempt, signal) => (await open()).signIn(place, attempt, signal),
    openProxy: async (own, fixed) => (await open()).openProxy(own, fixed),
    allowsPrivateAddresses: options.allowPrivateAddresses,
    get counts() {
      return opened?.counts ?? { requests: 0, bytes: 0 };
    },
    close: async () => {
      const client = await opening;
      await client?.close();
    },
  };
}
