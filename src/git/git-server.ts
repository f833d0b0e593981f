/** All repositories that are served to git clients: one upload-pack each, and one queue for all packs. */
import type { ObjectStore } from '../repo/object-store.ts';
import type { ServedRepository } from '../repo/served-repository.ts';
import { createSlots } from '../sources/slots.ts';
import { UploadPack } from './upload-pack.ts';

/** Each takes about half a megabyte while it is sent, whatever the size of the pack. */
const PACKS_AT_ONCE = 64;

export interface GitServer {
  uploadPack(repository: ServedRepository): UploadPack;
}

/** `noteFailure` hears why a pack was broken off. */
export function createGitServer(now: () => Date, noteFailure: (error: unknown) => void = () => undefined): GitServer {
  const slots = createSlots(PACKS_AT_ONCE);
  const known = new WeakMap<ObjectStore, UploadPack>();
  return {
    uploadPack: ({ store }) => {
      const uploadPack = known.get(store) ?? new UploadPack(store, () => now().getTime(), slots, noteFailure);
      known.set(store, uploadPack);
      return uploadPack;
    },
  };
}
