/** Courses in a ZIP archive: at a web address, or a file of this machine. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { parseZipConfig, type ZipConfig, zipIdentity, zipName } from './address.ts';

export { recogniseZip } from './address.ts';

const capabilities: Capabilities = {
  identity: 'path',
  stamp: 'token',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: true,
  maxParallel: 4,
};

export const zipAdapter: SourceAdapter<ZipConfig> = {
  type: 'zip',
  capabilities,
  parseConfig: parseZipConfig,
  identity: zipIdentity,
  suggestedName: zipName,
  open: async (config, context) => new (await import('./session.ts')).ZipSession(config, context),
};
